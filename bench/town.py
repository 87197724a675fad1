"""The rows that a measurement begins with, the same ones on both databases."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.billing.periods import Frequency, Schedule, cycle_date

Rows = Iterator[tuple[Any, ...]]

CLIENTS_PER_OWNER = 1000
AMOUNT_KES = 1500
_LONG_AGO = timedelta(days=30)
_CYCLE = 3
"""Subscriptions that are due have been billed as often as this before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """How many subscriptions there are, and in what state."""

    today: date
    subscriptions: int
    due_every: int
    """Each so-many-th is due today. A tenth of those without an open bill is cancelled."""
    paid_bills: int = 0
    """Bills of the past with their prompts and payments: no table is empty in production."""
    open_bills: int = 0
    """Bills that wait for a prompt."""
    pushes: int = 0
    """Of the open bills so many have a prompt out, and wait for a callback."""

    @property
    def now(self) -> datetime:
        """An instant of this morning, gone by."""
        return datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)

    @property
    def owners(self) -> int:
        """How many businesses."""
        return -(-self.subscriptions // CLIENTS_PER_OWNER)


def phone(number: int) -> str:
    """Return a phone of its own for each client."""
    return f"2547{number:08d}"


def push_token(number: int) -> str:
    """Return the secret in the callback URL of a push."""
    return f"{number:048x}"


def checkout_id(number: int) -> str:
    """Return the CheckoutRequestID of a push."""
    return f"ws_CO_{number:012d}"


def rows_of(town: Town, table: str) -> Rows:
    """Return the table's rows, in the order of `TABLES`' columns."""
    return _MAKERS[table](town)


def _owner_of(number: int) -> int:
    return (number - 1) // CLIENTS_PER_OWNER + 1


def _users(town: Town) -> Rows:
    for number in range(1, town.owners + 1):
        yield (number, number, "Wanjiku", "en", "Africa/Nairobi", "APPROVED", True, town.now)


_RHYTHMS = (Frequency.MONTHLY, Frequency.WEEKLY, Frequency.DAILY)


def _billing_day(frequency: Frequency, today: date) -> int | None:
    days = {Frequency.MONTHLY: today.day, Frequency.WEEKLY: today.isoweekday()}
    return days.get(frequency)


def _plans(town: Town) -> Rows:
    for owner in range(1, town.owners + 1):
        for index, frequency in enumerate(_RHYTHMS, start=1):
            day = _billing_day(frequency, town.today)
            number = owner * 3 - 3 + index
            yield (number, "Gold", AMOUNT_KES, frequency.value, 1, day, "FIXED", town.now, owner)


def _clients(town: Town) -> Rows:
    for number in range(1, town.subscriptions + 1):
        yield (
            *(number, f"Asha {number}", phone(number), f"{_owner_of(number)}:{phone(number)}"),
            *(10_000_000 + number, "en", town.now, _owner_of(number)),
        )


def _anchor(frequency: Frequency, today: date) -> date:
    """Return the anchor whose third cycle is today."""
    if frequency is Frequency.DAILY:
        return today - timedelta(days=_CYCLE)
    if frequency is Frequency.WEEKLY:
        return today - timedelta(weeks=_CYCLE)
    # The quarter's first day: only its month counts when a plan has a billing day.
    schedule = Schedule(frequency=Frequency.MONTHLY, billing_day=1)
    return cycle_date(schedule, anchor=today.replace(day=1), cycle=-_CYCLE)


def _subscriptions(town: Town) -> Rows:
    anchors = [_anchor(frequency, town.today) for frequency in _RHYTHMS]
    for number in range(1, town.subscriptions + 1):
        rhythm = number % len(_RHYTHMS)
        plan = _owner_of(number) * 3 - 2 + rhythm
        status, anchor, cycle, next_on = _standing(town, number, anchors[rhythm])
        yield (
            *(number, AMOUNT_KES, status, anchor, cycle, next_on, False),
            *(town.now, number, _owner_of(number), plan),
        )


def _standing(town: Town, number: int, anchor: date) -> tuple[str, date, int, date]:
    if number % town.due_every == 0:
        # A tenth of those who are due owe something already.
        status = "PAST_DUE" if number // town.due_every % 10 == 0 else "ACTIVE"
        return status, anchor, _CYCLE, town.today
    if number > town.open_bills and number % 10 == 1:
        gone_by = town.today - timedelta(days=number % 300 + 1)
        return "CANCELLED", gone_by, 0, gone_by
    ahead = town.today + timedelta(days=number % 28 + 1)
    return "ACTIVE", ahead, 0, ahead


def _bills(town: Town) -> Rows:
    yesterday = town.today - timedelta(days=1)
    for number in range(1, town.paid_bills + 1):
        yield _bill(town, number, on=yesterday, status="SUCCESS")
    for number in range(1, town.open_bills + 1):
        is_out = number <= town.pushes
        yield _bill(town, town.paid_bills + number, on=town.today, is_out=is_out)


def _bill(
    town: Town, number: int, *, on: date, status: str = "PENDING", is_out: bool = False
) -> tuple[Any, ...]:
    client = (
        (number - 1) % town.paid_bills + 1 if status == "SUCCESS" else number - town.paid_bills
    )
    is_paid = status == "SUCCESS"
    return (
        *(number, phone(client), AMOUNT_KES, AMOUNT_KES if is_paid else 0, status),
        *(f"{client}:{on.isoformat()}", on, on + timedelta(days=1), f"FP{client}", "Monthly"),
        *(0, 0, None if is_paid or is_out else _made_at(town, number)),
        *(checkout_id(client) if is_out else None, town.now, client, _owner_of(client), client),
    )


def _made_at(town: Town, number: int) -> datetime:
    """Return when the bill was made: five hundred of them at one instant."""
    return town.now + timedelta(milliseconds=number // 500)


def _pushes(town: Town) -> Rows:
    for number in range(1, town.paid_bills + 1):
        token_hash = hashlib.sha256(f"past {number}".encode()).hexdigest()
        yield (
            *(town.pushes + number, "174379", token_hash, phone(number), AMOUNT_KES),
            *("AUTOMATIC", "SUCCESS", None, None, f"p-{number}", f"ws_CO_past_{number}", 0, None),
            *(town.now - _LONG_AGO, town.now - _LONG_AGO, number),
        )
    for number in range(1, town.pushes + 1):
        token_hash = hashlib.sha256(push_token(number).encode()).hexdigest()
        bill = town.paid_bills + number
        yield (
            *(number, "174379", token_hash, phone(number), AMOUNT_KES, "AUTOMATIC", "SENT"),
            *(bill, phone(number), f"m-{number}", checkout_id(number), 0),
            *(town.now + timedelta(days=2), town.now, town.now, bill),
        )


def _payments(town: Town) -> Rows:
    for number in range(1, town.paid_bills + 1):
        yield (
            *(number, "STK", f"R{number:09d}", True, AMOUNT_KES, 0, phone(number)),
            *(town.now, town.now, number, _owner_of(number)),
        )


def _allocations(town: Town) -> Rows:
    for number in range(1, town.paid_bills + 1):
        yield (number, AMOUNT_KES, town.now, number, number)


TABLES: Mapping[str, tuple[str, ...]] = {
    table: tuple(columns.split())
    for table, columns in {
        "users": "id telegram_id name language time_zone approval "
        "uses_platform_account created_at",
        "service_plans": "id name amount_kes frequency interval_count billing_day renewal "
        "created_at owner_id",
        "clients": "id name phone_number same_person_key telegram_id language created_at owner_id",
        "subscriptions": "id amount_kes status anchor_date cycle_number next_billing_date "
        "first_date_chosen created_at client_id owner_id plan_id",
        "transactions": "id phone_number amount_kes paid_kes status bill_key period_start "
        "period_end account_reference description retry_count busy_count next_attempt_at "
        "daraja_request_id created_at client_id owner_id subscription_id",
        "stk_pushes": "id shortcode token_hash phone_number amount_kes origin state "
        "live_transaction_id live_phone merchant_request_id checkout_request_id queries "
        "next_query_at created_at sent_at transaction_id",
        "payments": "id source receipt is_verified amount_kes credit_kes phone_number paid_at "
        "created_at client_id owner_id",
        "allocations": "id amount_kes created_at payment_id transaction_id",
    }.items()
}
"""The tables in the order in which they may be filled, with the columns that are given."""

_MAKERS: Mapping[str, Callable[[Town], Rows]] = {
    "users": _users,
    "service_plans": _plans,
    "clients": _clients,
    "subscriptions": _subscriptions,
    "transactions": _bills,
    "stk_pushes": _pushes,
    "payments": _payments,
    "allocations": _allocations,
}
