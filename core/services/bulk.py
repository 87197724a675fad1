"""Many rows in one statement: the only SQL that PostgreSQL and SQLite spell differently.

On PostgreSQL the rows travel as one array a column, so that any number of them is one statement,
planned once. A value that all of them share travels by itself. On SQLite, where a statement has no
way to go, the same one is run for each row.

Everything here belongs inside a DB transaction of its caller. Instants and dates go in as they
are; out of SQLite they come as text, which `as_date` and `as_instant` read.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.fields import JSONField
from tortoise.models import Model

_SQLITE = "sqlite"
_VARCHAR = re.compile(r"VARCHAR\(\d+\)")
Row = Mapping[str, Any]
"""Values by column. The rows of one call all have the same columns."""


async def insert_rows(
    connection: BaseDBAsyncClient, model: type[Model], rows: Sequence[Row]
) -> None:
    """Insert the rows; leave out each that a unique column refuses.

    A column that is not given is NULL: the tables have no defaults, Tortoise's models do.
    """
    if not rows:
        return
    if is_sqlite(connection):
        await _run_each(connection, _insertion(model, tuple(rows[0])), model, rows)
    else:
        shared = _shared(rows)
        sql = _insertion_of_arrays(model, tuple(rows[0]), shared)
        await connection.execute_query(sql, _arrays(model, rows, shared))


async def insert_new(
    connection: BaseDBAsyncClient, model: type[Model], rows: Sequence[Row], *, key: str
) -> set[Any]:
    """Insert as `insert_rows` does; return the keys of the rows that were not there before.

    On SQLite the caller must hold the write lock, as `core.database.transaction` does: what is
    looked up stays true.
    """
    if not rows:
        return set()
    if not is_sqlite(connection):
        return {row[key] for row in await _inserted(connection, model, rows, key=key)}
    keys = [row[key] for row in rows]
    there = await fetch(
        connection,
        f'SELECT "{key}" FROM "{_table(model)}" WHERE {among(connection, key, 1)}',
        keys,
    )
    await insert_rows(connection, model, rows)
    return set(keys) - {row[key] for row in there}


async def insert_with_ids(
    connection: BaseDBAsyncClient, model: type[Model], rows: Sequence[Row], *, key: str
) -> dict[Any, int]:
    """Insert as `insert_rows` does; return the ids of the rows that went in, by their keys.

    The keys must be fresh, as those of random tokens are: a row of before would be found, too.
    """
    if not rows:
        return {}
    found: Sequence[Row]
    if is_sqlite(connection):
        await insert_rows(connection, model, rows)
        sql = f'SELECT id, "{key}" FROM "{_table(model)}" WHERE {among(connection, key, 1)}'
        found = await fetch(connection, sql, [row[key] for row in rows])
    else:
        found = await _inserted(connection, model, rows, key=key)
    return {row[key]: row["id"] for row in found}


async def _inserted(
    connection: BaseDBAsyncClient, model: type[Model], rows: Sequence[Row], *, key: str
) -> Sequence[Row]:
    """Insert on PostgreSQL; return id and key of what went in."""
    shared = _shared(rows)
    sql = f'{_insertion_of_arrays(model, tuple(rows[0]), shared)} RETURNING "id", "{key}"'
    inserted: Sequence[Row] = await connection.execute_query_dict(
        sql, _arrays(model, rows, shared)
    )
    return inserted


async def update_rows(
    connection: BaseDBAsyncClient, model: type[Model], rows: Sequence[Row]
) -> None:
    """Write the rows' other columns where `id` is theirs."""
    if not rows:
        return
    if is_sqlite(connection):
        await _run_each(connection, _change(model, tuple(rows[0])), model, rows)
    else:
        shared = _shared(rows)
        sql = _change_by_arrays(model, tuple(rows[0]), shared)
        await connection.execute_query(sql, _arrays(model, rows, shared))


async def fetch(connection: BaseDBAsyncClient, sql: str, *values: Any) -> Sequence[Row]:
    """Return what a SELECT finds, or what an UPDATE has after RETURNING.

    `$1` stands for the first value; a list goes with `among`.
    """
    given = list(values)
    if is_sqlite(connection):
        sql = sql.replace("$", "?")
        given = [json.dumps(value) if isinstance(value, list) else value for value in given]
    rows: Sequence[Row] = await connection.execute_query_dict(sql, given)
    return rows


def among(connection: BaseDBAsyncClient, column: str, number: int) -> str:
    """Return the condition that the column is one of the list `$number`."""
    if is_sqlite(connection):
        return f"{column} IN (SELECT value FROM json_each(${number}))"
    return f"{column} = ANY(${number})"


def for_update(connection: BaseDBAsyncClient, table: str, *, skip_locked: bool = False) -> str:
    """Return what locks the rows of a SELECT; on SQLite the DB transaction itself does."""
    if is_sqlite(connection):
        return ""
    return f"FOR UPDATE OF {table}{' SKIP LOCKED' if skip_locked else ''}"


def is_sqlite(connection: BaseDBAsyncClient) -> bool:
    """Tell which of the two it is."""
    return _dialect(connection) == _SQLITE


def _dialect(connection: BaseDBAsyncClient) -> str:
    return connection.capabilities.dialect


def as_date(value: Any) -> date:
    """Return a date read by `fetch`."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def as_instant(value: Any) -> datetime:
    """Return an instant read by `fetch`."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


async def _run_each(
    connection: BaseDBAsyncClient, sql: str, model: type[Model], rows: Sequence[Row]
) -> None:
    """Run the statement for each row: SQLite's way."""
    columns = list(zip(*_arrays(model, rows, frozenset()), strict=True))
    await connection.execute_many(sql, cast("list[list[Any]]", columns))


def _shared(rows: Sequence[Row]) -> frozenset[str]:
    """Return the columns that have one value in all rows: each travels once, not in an array."""
    first, *others = rows
    if not others:
        return frozenset()
    names = iter(first)
    next(names)  # The first column always is an array, which says how many rows there are.
    return frozenset(name for name in names if all(row[name] == first[name] for row in others))


def _arrays(model: type[Model], rows: Sequence[Row], shared: Collection[str]) -> list[Any]:
    """Return the rows turned on their side: a list for each column, and what they share once."""
    texts = _json_columns(model)
    columns: list[Any] = []
    for name, value in rows[0].items():
        write = json.dumps if name in texts else _as_it_is
        columns.append(write(value) if name in shared else [write(row[name]) for row in rows])
    return columns


def _as_it_is(value: Any) -> Any:
    return value


@cache
def _insertion(model: type[Model], columns: tuple[str, ...]) -> str:
    values = f"VALUES ({_marks(columns)})"
    return f'INSERT INTO "{_table(model)}" ({_quoted(columns)}) {values} ON CONFLICT DO NOTHING'


@cache
def _insertion_of_arrays(
    model: type[Model], columns: tuple[str, ...], shared: frozenset[str]
) -> str:
    source, values = _source(model, columns, shared)
    head = f'INSERT INTO "{_table(model)}" ({_quoted(columns)})'
    return f"{head} SELECT {', '.join(values.values())} FROM {source} ON CONFLICT DO NOTHING"


@cache
def _change(model: type[Model], columns: tuple[str, ...]) -> str:
    marks = {name: f"?{number}" for number, name in enumerate(columns, start=1)}
    values = ", ".join(f'"{name}" = {marks[name]}' for name in columns if name != "id")
    return f'UPDATE "{_table(model)}" SET {values} WHERE "id" = {marks["id"]}'


@cache
def _change_by_arrays(model: type[Model], columns: tuple[str, ...], shared: frozenset[str]) -> str:
    source, values = _source(model, columns, shared)
    table = _table(model)
    changes = ", ".join(f'"{name}" = {values[name]}' for name in columns if name != "id")
    return f'UPDATE "{table}" SET {changes} FROM {source} WHERE "{table}"."id" = {values["id"]}'


def _source(
    model: type[Model], columns: tuple[str, ...], shared: Collection[str]
) -> tuple[str, Mapping[str, str]]:
    """Return the arrays as a table of rows, and how each column's value is written."""
    types = _types(model)
    marks = {name: f"${number}::{types[name]}" for number, name in enumerate(columns, start=1)}
    several = [name for name in columns if name not in shared]
    arrays = ", ".join(f"{marks[name]}[]" for name in several)
    values = marks | {name: f'given."{name}"' for name in several}
    return f"unnest({arrays}) AS given ({_quoted(several)})", values


def _marks(columns: Collection[str]) -> str:
    return ", ".join("?" * len(columns))


def _quoted(columns: Collection[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _table(model: type[Model]) -> str:
    return model._meta.db_table  # noqa: SLF001 - Tortoise has no other way to it


@cache
def _types(model: type[Model]) -> Mapping[str, str]:
    """Return PostgreSQL's type of each column.

    Of a text's without its length: a cast would cut the text where an insert refuses it.
    """
    fields = model._meta.fields_map  # noqa: SLF001 - as above
    columns = model._meta.fields_db_projection  # noqa: SLF001 - as above
    return {
        column: _VARCHAR.sub("TEXT", str(fields[name].get_for_dialect("postgres", "SQL_TYPE")))
        for name, column in columns.items()
    }


@cache
def _json_columns(model: type[Model]) -> frozenset[str]:
    fields = model._meta.fields_map  # noqa: SLF001 - as above
    columns = model._meta.fields_db_projection  # noqa: SLF001 - as above
    return frozenset(
        column for name, column in columns.items() if isinstance(fields[name], JSONField)
    )
