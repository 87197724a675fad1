"""`python -m fluxpay`."""

import sys

from fluxpay.cli import main

if __name__ == "__main__":
    sys.exit(main())
