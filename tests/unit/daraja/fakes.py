"""Stand-ins that hold state, and the merchants and requests that Daraja's tests share."""

from datetime import UTC, datetime, timedelta

from core.ports import AccessToken, Merchant, MerchantKind, PromptRequest

NOW = datetime(2026, 11, 23, 5, 15, tzinfo=UTC)
CHECKOUT_ID = "ws_CO_23112026081500000708374149"
PHONE = "254708374149"

PAYBILL = Merchant(
    account_id=7,
    kind=MerchantKind.PAYBILL,
    shortcode="174379",
    consumer_key="key-of-the-app",
    consumer_secret="secret-of-the-app",
    passkey="passkey-of-the-app",
)
TILL = Merchant(
    account_id=8,
    kind=MerchantKind.TILL,
    shortcode="600100",
    till="5123456",
    consumer_key="key-of-the-till",
    consumer_secret="secret-of-the-till",
    passkey="passkey-of-the-till",
)


def prompt_request(merchant=PAYBILL, **changes):
    facts = {
        "merchant": merchant,
        "phone_number": PHONE,
        "amount_kes": 1500,
        "account_reference": "GYM0042",
        "description": "Gym November",
        "callback_url": "https://pay.example/api/payments/callback/5ec2e7",
    }
    return PromptRequest(**(facts | changes))


class HandClock:
    """Stands still until somebody moves it."""

    def __init__(self, at=NOW):
        self.at = at

    def now(self):
        return self.at

    def advance(self, **duration):
        self.at += timedelta(**duration)


class TickingClock(HandClock):
    """Moves on by a second whenever somebody looks."""

    def now(self):
        self.advance(seconds=1)
        return self.at


class MemoryTokens:
    """A token store for one process."""

    def __init__(self, clock):
        self._clock = clock
        self.live = {}
        self.fetched = 0

    def put(self, merchant, value):
        expires_at = self._clock.now() + timedelta(hours=1)
        credentials = f"{merchant.consumer_key}:{merchant.consumer_secret}"
        self.live[credentials] = AccessToken(value=value, expires_at=expires_at)

    async def get(self, credentials, *, refused, fetch):
        token = self.live.get(credentials)
        if token is None or token.value == refused or token.expires_at <= self._clock.now():
            token = await fetch()
            self.fetched += 1
            self.live[credentials] = token
        return token.value
