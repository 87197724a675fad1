"""`python -m rehearsal`: see rehearsal/command.py."""

import sys

from rehearsal.command import main

if __name__ == "__main__":
    sys.exit(main())
