"""The front door: command line and wiring. The only package that knows all the others."""

import os

# python-telegram-bot reads it when a duration is read. Without it each one warns.
os.environ.setdefault("PTB_TIMEDELTA", "1")  # noqa: TID251 - a library's switch, no setting of ours
