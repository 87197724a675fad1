"""`python -m rehearsal` on a PostgreSQL that begins and ends with it; takes the same options."""

import sys

from rehearsal.command import main
from tests.own_postgres import own_postgres

if __name__ == "__main__":
    with own_postgres() as server:
        status = main([*sys.argv[1:], "--database", server.get_uri()])
    sys.exit(status)
