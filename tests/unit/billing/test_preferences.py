"""What an owner may choose, and what holds where he has chosen nothing."""

from datetime import time, timedelta

import pytest

from core.billing.dunning import RetryPolicy
from core.billing.permissions import Permission, Role, permissions_of
from core.billing.preferences import (
    NoticeKind,
    NoticeMode,
    check_count,
    check_hours,
    check_minute,
    check_mode,
    clock_text,
    kind_of,
    minute_of,
    mode_of,
    retry_policy,
)
from core.errors import Fault
from tests.unit.billing.refusals import fault_of

OPERATORS = (7 * 60, 21 * 60)


def test_each_kind_of_notice_is_on_until_its_owner_says_otherwise():
    assert {mode_of(kind, {}) for kind in NoticeKind} == {NoticeMode.ON}
    assert mode_of(NoticeKind.PAID, {"PAID": "OFF"}) is NoticeMode.OFF
    assert mode_of(NoticeKind.PAID, {"FAILED": "SILENT"}) is NoticeMode.ON


def test_failures_may_be_silent_but_never_off():
    assert check_mode(NoticeKind.FAILED, NoticeMode.SILENT) is NoticeMode.SILENT
    assert fault_of(lambda: check_mode(NoticeKind.FAILED, NoticeMode.OFF)) == Fault("never_off")
    # Even if it stands in the database.
    assert mode_of(NoticeKind.FAILED, {"FAILED": "OFF"}) is NoticeMode.SILENT


def test_what_needs_the_owner_is_a_failure_and_what_he_asked_for_is_no_kind():
    assert kind_of("needs_you") is kind_of("payment_failed") is NoticeKind.FAILED
    assert kind_of("payment_received") is NoticeKind.PAID
    assert kind_of("client_left") is kind_of("invitation_opened") is NoticeKind.CLIENTS
    assert kind_of("invitation") is kind_of("approved") is None


@pytest.mark.parametrize("hours", [(420, 1260), (480, 481)])
def test_hours_within_the_operators_are_taken(hours):
    assert check_hours(*hours, within=OPERATORS) == hours


@pytest.mark.parametrize("hours", [(419, 1260), (420, 1261), (600, 600), (700, 600)])
def test_hours_outside_of_the_operators_or_upside_down_are_refused(hours):
    assert fault_of(lambda: check_hours(*hours, within=OPERATORS)) == Fault(
        "bad_hours", {"start": "07:00", "end": "21:00"}
    )


def test_minutes_and_counts_have_edges():
    assert check_minute(0) == 0
    assert check_minute(1439) == 1439
    assert check_count(3, most=3) == 3
    assert check_count(0, most=3) == 0
    for minute in (-1, 1440):
        assert fault_of(lambda minute=minute: check_minute(minute)) == Fault(
            "out_of_range", {"min": 0, "max": 1439}
        )
    for count in (-1, 4):
        assert fault_of(lambda count=count: check_count(count, most=3)) == Fault(
            "out_of_range", {"min": 0, "max": 3}
        )


def test_minutes_of_the_day_are_told_as_on_a_clock():
    assert minute_of(time(8, 30, 59)) == 510
    assert [clock_text(minute) for minute in (0, 510, 1440)] == ["00:00", "08:30", "24:00"]


def test_a_policy_is_filled_up_with_the_operators():
    usual = RetryPolicy(cool_down=timedelta(hours=12), grace=timedelta(days=5))

    assert retry_policy(None, None, otherwise=usual) == usual
    chosen = retry_policy(0, 0, otherwise=usual)
    assert (chosen.max_retries, chosen.grace, chosen.cool_down) == (
        0,
        timedelta(0),
        timedelta(hours=12),
    )


def test_a_cashier_records_and_a_manager_runs_the_business_but_neither_owns_it():
    assert permissions_of(Role.CASHIER) == {Permission.SEE, Permission.RECORD}
    assert permissions_of(Role.MANAGER) == permissions_of(None) - {Permission.OWN}
    assert permissions_of(None) == set(Permission)
