"""A statement in two words, and the table that it writes."""

import re
from functools import cache

_WRITE = re.compile(r'^\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM) "?(\w+)"?', re.IGNORECASE)
_READ = re.compile(r'^\s*SELECT\b.*?\bFROM "?(\w+)"?', re.IGNORECASE | re.DOTALL)


@cache
def label_of(sql: str) -> str:
    """Return e.g. `UPDATE facts`: the columns may come in another order the next time."""
    verb = sql.split(None, 1)[0].upper()
    match = _WRITE.match(sql) or _READ.match(sql)
    return f"{verb} {match[1]}" if match else verb


@cache
def written_table(sql: str) -> str | None:
    """Return the table that the statement writes, None if it only reads."""
    match = _WRITE.match(sql)
    return match[1] if match else None
