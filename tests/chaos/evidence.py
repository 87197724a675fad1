"""What is known after a run: the world's truth beside FluxPay's books. Values only."""

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt that a phone showed, as the sandbox knows it."""

    request_id: str
    token_hash: str
    phone_number: str
    amount_kes: int
    sent_at: datetime
    ended_at: datetime | None = None
    receipt: str | None = None
    """Of a paid one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """What the bot said in a chat."""

    id: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signup:
    """A subscription whose activation was acknowledged to the API's caller."""

    subscription_id: int
    next_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A one-off charge that was asked for under one key, maybe many times."""

    reference: str
    answers: tuple[tuple[int, int | None], ...]
    """HTTP status and transaction id of each definite answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A row of transactions."""

    id: int
    subscription_id: int | None
    account_reference: str
    amount_kes: int
    paid_kes: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A row of stk_pushes."""

    id: int
    transaction_id: int
    token_hash: str
    state: str
    created_at: datetime
    closed_at: datetime | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A row of payments."""

    id: int
    push_id: int | None
    amount_kes: int
    credit_kes: int
    receipt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A row of allocations."""

    payment_id: int
    transaction_id: int
    amount_kes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """A row of subscriptions."""

    id: int
    status: str
    next_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A row of inbound_events."""

    token_hash: str | None
    body_hash: str
    is_handled: bool
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A row of notifications."""

    id: int
    chat_id: int
    key: str
    template: str
    state: str
    message_id: int | None


@dataclass(slots=True, kw_only=True)
class Books:
    """What PostgreSQL holds."""

    bills: list[Bill] = field(default_factory=list)
    pushes: list[Push] = field(default_factory=list)
    payments: list[Paid] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    subscriptions: list[Subscribed] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    notices: list[NoticeRow] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Evidence:
    """All that the checks look at.

    `is_brief`: nobody waited for what the engine itself waits minutes for, so pushes may still be
    open, and notices may still be leased to a bot that was killed.
    """

    prompts: list[Prompt] = field(default_factory=list)
    debits_kes: dict[str, int] = field(default_factory=dict)
    acknowledged: set[tuple[str, str]] = field(default_factory=set)
    """Token hash and body hash of each callback that we answered with 200."""
    chats: dict[int, list[ChatMessage]] = field(default_factory=dict)
    greetings: set[str] = field(default_factory=set)
    signups: list[Signup] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    books: Books = field(default_factory=Books)
    is_brief: bool = False
