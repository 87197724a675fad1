"""What every test needs before anything is imported, and before it begins."""

import os

import pytest
import structlog

# Without it python-telegram-bot warns whenever a duration is read, and a warning is an error.
os.environ["PTB_TIMEDELTA"] = "1"


@pytest.fixture(autouse=True)
def plain_traces():
    """Let a logged error be text: Rich takes a second to draw one that nobody looks at."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, renderer])
