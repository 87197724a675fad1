import aiohttp
import pytest
from aioresponses import aioresponses
from yarl import URL

import tests.aioresponses_compat  # noqa: F401 - mends aioresponses by being imported
from core.daraja.gateway import DarajaGateway
from tests.unit.daraja.fakes import CHECKOUT_ID, HandClock, MemoryTokens

BASE_URL = "https://daraja.example"
TOKEN_URL = f"{BASE_URL}/oauth/v1/generate?grant_type=client_credentials"
PUSH_URL = f"{BASE_URL}/mpesa/stkpush/v1/processrequest"
QUERY_URL = f"{BASE_URL}/mpesa/stkpushquery/v1/query"


class ScriptedDaraja:
    """Answers what a test has queued, and remembers what it was asked."""

    def __init__(self, mocked):
        self._mocked = mocked
        self._token_number = 0

    def issues_token(self, **answer):
        self._token_number += 1
        payload = {"access_token": f"token-{self._token_number}", "expires_in": "3599"}
        self._mocked.get(TOKEN_URL, **({"payload": payload} | answer))

    def answers_push(self, **answer):
        self._mocked.post(PUSH_URL, **answer)

    def answers_query(self, **answer):
        self._mocked.post(QUERY_URL, **answer)

    def accepts_push(self):
        self.answers_push(payload=acceptance())

    @property
    def pushes(self):
        return self._requests("POST", PUSH_URL)

    @property
    def queries(self):
        return self._requests("POST", QUERY_URL)

    @property
    def token_requests(self):
        return self._requests("GET", TOKEN_URL)

    def _requests(self, method, url):
        return [call.kwargs for call in self._mocked.requests.get((method, URL(url)), [])]


def acceptance(**changes):
    return {
        "MerchantRequestID": "29115-34620561-1",
        "CheckoutRequestID": CHECKOUT_ID,
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    } | changes


@pytest.fixture
def daraja():
    with aioresponses() as mocked:
        yield ScriptedDaraja(mocked)


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def tokens(clock):
    return MemoryTokens(clock)


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def gateway(session, tokens, clock):
    return DarajaGateway(base_url=BASE_URL + "/", session=session, tokens=tokens, clock=clock)
