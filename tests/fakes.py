"""Stand-ins that hold state: a clock that stands still, and an M-Pesa that remembers."""

from collections import deque
from datetime import UTC, datetime, timedelta
from itertools import count

from core.daraja.callbacks import read_callback
from core.ports import Accepted, Delivery, QueryFailed


class ManualClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now=datetime(2026, 11, 23, 6, 0, tzinfo=UTC)):
        self._now = now

    def now(self):
        return self._now

    def advance(self, step: timedelta):
        self._now += step

    def set(self, now):
        self._now = now


class FakeGateway:
    """Accepts every push unless told otherwise, and knows no verdict unless told one."""

    def __init__(self):
        self.requests = []
        self.answers = deque()
        self.queried = []
        self.verdicts = {}
        self.logins = []
        self.login_refusal = None
        self._numbers = count(1)

    async def request_payment(self, request):
        self.requests.append(request)
        if self.answers:
            return self.answers.popleft()
        number = next(self._numbers)
        return Accepted(merchant_request_id=f"m-{number}", checkout_request_id=f"ws_CO_{number}")

    async def log_in(self, merchant):
        self.logins.append(merchant)
        return self.login_refusal

    async def query(self, merchant, checkout_request_id):
        self.queried.append(checkout_request_id)
        return self.verdicts.get(checkout_request_id, QueryFailed(detail="no answer"))

    def read_callback(self, body):
        return read_callback(body)

    def token(self, index=-1):
        """The secret token of a push that was made: the last one unless told otherwise."""
        return self.requests[index].callback_url.rsplit("/", 1)[1]


class FakeMessenger:
    """Delivers everything, in order, unless told otherwise."""

    def __init__(self):
        self.notices = []
        self.deliveries = deque()

    async def deliver(self, notice):
        self.notices.append(notice)
        if self.deliveries:
            return self.deliveries.popleft()
        return Delivery(message_id=len(self.notices))
