"""What the local Telegram refuses.

`Refusal` is what the bot hears, in Telegram's own words; `Unplayable` is what a test or the page
hears when it asks a person to do what no person could do.
"""

from typing import Any

# The trade's word for a piece of the Bot API's JSON; its shape is Telegram's, not ours.
Json = dict[str, Any]

_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
}


class Refusal(Exception):
    """A call that the Bot API answers with `ok: false`."""

    def __init__(self, status: int, reason: str = "", *, retry_after_s: int | None = None) -> None:
        name = _REASONS[status]
        self.status = status
        self.description = f"{name}: {reason}" if reason else name
        self.retry_after_s = retry_after_s
        super().__init__(self.description)

    def to_json(self) -> Json:
        """Return the body that goes with the HTTP status."""
        body: Json = {"ok": False, "error_code": self.status, "description": self.description}
        if self.retry_after_s is not None:
            body["parameters"] = {"retry_after": self.retry_after_s}
        return body


class Unplayable(Exception):
    """Something the person in question cannot do, e.g. press a button that is not there."""

    def __init__(self, reason: str, *, status: int = 400) -> None:
        self.status = status
        super().__init__(reason)


def bad_request(reason: str) -> Refusal:
    """Return the refusal that most mistakes get: status 400."""
    return Refusal(400, reason)


def too_many_requests(retry_after_s: int) -> Refusal:
    """Return the refusal of a call that came too soon."""
    return Refusal(429, f"retry after {retry_after_s}", retry_after_s=retry_after_s)
