"""The doors out of the engine, M-Pesa, the messenger and the mail, and what crosses them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from core.billing.outcomes import Outcome


class MerchantKind(StrEnum):
    """How money reaches the business."""

    PAYBILL = "PAYBILL"
    TILL = "TILL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """A Paybill or Till with its Daraja app. `repr` shows no secret."""

    account_id: int | None
    """The MerchantAccount row, or None for the platform's own, which comes from settings."""
    kind: MerchantKind
    shortcode: str
    """Paybill: the Paybill number. Till: the store number used at go-live."""
    till: str | None = None
    consumer_key: str
    consumer_secret: str
    passkey: str

    def __repr__(self) -> str:
        return f"Merchant(account_id={self.account_id}, shortcode={self.shortcode!r})"

    @property
    def pay_to(self) -> str:
        """The number that a client types when he pays by hand."""
        return self.till or self.shortcode


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRequest:
    """One STK push to be made. Its callback URL holds a secret: `repr` leaves it out."""

    merchant: Merchant
    phone_number: str
    amount_kes: int
    account_reference: str
    """At most 12 characters, letters and digits."""
    description: str
    """At most 13 characters."""
    callback_url: str

    def __repr__(self) -> str:
        return f"PromptRequest(shortcode={self.merchant.shortcode!r}, amount={self.amount_kes})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Daraja took the push: a prompt is on its way. Not a payment."""

    merchant_request_id: str
    checkout_request_id: str


class RefusalKind(StrEnum):
    """Whose fault a clear no is."""

    MERCHANT = "MERCHANT"
    """Credentials, shortcode or product: nothing goes through until it is mended."""
    PHONE = "PHONE"
    """This number can't be prompted."""
    REQUEST = "REQUEST"
    """Another field was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A clear no that the same request would meet again. No prompt was sent."""

    kind: RefusalKind
    code: str
    detail: str
    may_pass: bool = False
    """The token that was refused had just been fetched: somebody may have killed it at once, or
    the app is not allowed to push. Only whether it passes can tell."""


class BusyKind(StrEnum):
    """Why a push may be made again later."""

    PHONE_LOCKED = "PHONE_LOCKED"
    SYSTEM_BUSY = "SYSTEM_BUSY"
    SPIKE_ARREST = "SPIKE_ARREST"
    QUOTA = "QUOTA"
    NOT_SENT = "NOT_SENT"
    """No connection was made, so nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A clear no that may be a yes later. No prompt was sent."""

    kind: BusyKind
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAnswer:
    """Nobody knows whether a prompt was sent: never sent again, only settled."""

    detail: str


PromptAnswer = Accepted | Refused | Busy | NoAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What Daraja says became of a push, by callback or by query."""

    result_code: str
    result_desc: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFailed:
    """The query itself got no usable answer; ask again later."""

    detail: str
    slow_down: bool = False
    """Daraja asked for fewer queries."""


QueryAnswer = Verdict | QueryFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReport:
    """An STK callback as parsed. Whatever was missing or unreadable is None."""

    merchant_request_id: str | None
    checkout_request_id: str
    verdict: Verdict
    amount_kes: int | None = None
    """None as well for an amount that is no whole number of shillings."""
    receipt: str | None = None
    phone_number: str | None = None
    paid_at: datetime | None = None


class PaymentGateway(Protocol):
    """M-Pesa, as the engine needs it. core/daraja is the real one."""

    async def request_payment(self, request: PromptRequest) -> PromptAnswer:
        """Send one prompt. Never raises for what Daraja or the network does, never repeats."""

    async def log_in(self, merchant: Merchant) -> Refused | Busy | None:
        """Try the merchant's credentials; None when they are taken. Never raises."""

    async def query(self, merchant: Merchant, checkout_request_id: str) -> QueryAnswer:
        """Ask what became of a push."""

    def read_callback(self, body: bytes) -> CallbackReport | None:
        """Parse a callback's body; None for what is no STK callback at all. Never raises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An OAuth token and the instant from which it must not be used any more."""

    value: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"AccessToken(expires_at={self.expires_at.isoformat()})"


class TokenStore(Protocol):
    """Where all processes share the one live token of a consumer key.

    `credentials` are the key and its secret: whoever knows the key alone shares no token.
    """

    async def get(
        self,
        credentials: str,
        *,
        refused: str | None,
        fetch: Callable[[], Awaitable[AccessToken]],
    ) -> str:
        """Return the live token; call `fetch` when there is none, or it is the `refused` one.

        Only one process fetches at a time, because each new token kills the one before it.
        What `fetch` raises comes through.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one chat, still without words: bot/notices/templates.py has those."""

    notification_id: int
    chat_id: int
    language: str
    template: str
    params: Mapping[str, Any]
    edit_message_id: int | None = None
    """Edit this message instead of sending a new one."""
    is_silent: bool = False
    """It arrives without a sound."""


class Failure(StrEnum):
    """Why a notice did not go out."""

    BLOCKED = "BLOCKED"
    """The person has blocked the bot, or never started it: stop."""
    LATER = "LATER"
    """Flood control or the network: try again after the delay."""
    BROKEN = "BROKEN"
    """The message itself is refused: trying again would not help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a notice; `failure` is None when it was sent."""

    message_id: int | None = None
    failure: Failure | None = None
    retry_after: timedelta | None = None
    detail: str = ""


class Messenger(Protocol):
    """The chat, as the engine needs it. bot/notices/messenger.py is the real one."""

    async def deliver(self, notice: Notice) -> Delivery:
        """Send or edit one message. Never raises for what Telegram or the network does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One e-mail, still without words."""

    address: str
    language: str
    template: str
    params: Mapping[str, Any]


class Mailer(Protocol):
    """The mail server, as the engine needs it. bot/notices/mailer.py is the real one."""

    async def send(self, mail: Mail) -> Delivery:
        """Send one e-mail. Never raises for what the server or the network does."""
