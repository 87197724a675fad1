from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from core.billing.spans import Span, begin_of, last_days, last_months


def test_days_end_with_today_and_leave_none_out():
    spans = last_days(date(2026, 3, 1), 3)

    assert [span.first for span in spans] == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]
    assert all(span.after == later.first for span, later in pairwise(spans))


def test_months_cross_the_year_whatever_the_day():
    assert last_months(date(2026, 1, 31), 2) == [
        Span(date(2025, 12, 1), date(2026, 1, 1)),
        Span(date(2026, 1, 1), date(2026, 2, 1)),
    ]


def test_a_day_begins_in_its_zone():
    begins_at = begin_of(date(2026, 11, 23), ZoneInfo("Africa/Nairobi"))

    assert begins_at == datetime(2026, 11, 22, 21, tzinfo=UTC)
    assert begins_at.tzinfo is UTC
