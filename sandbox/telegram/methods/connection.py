"""The bot's own account and the way its updates reach it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from sandbox.telegram.errors import Json, bad_request
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params
from sandbox.telegram.updates import Webhook

_SECRET_LIMIT: Final = 256
_CONNECTIONS_LIMIT: Final = 100
_DEFAULT_CONNECTIONS: Final = 40


@dataclass(frozen=True)
class Described:
    """A result that comes with a description."""

    result: bool
    description: str


def get_me(telegram: Telegram, _params: Params) -> Json:
    """Return the bot's account."""
    return telegram.bot_json() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def sign_off(_telegram: Telegram, _params: Params) -> bool:
    """Agree to logOut and close: there is no other server to move to."""
    return True


def set_webhook(telegram: Telegram, params: Params) -> Described:
    """Have updates pushed to a URL: https, or plain http to this machine.

    A public Telegram takes https only; a Bot API server of one's own takes both.
    """
    url = params.text("url").strip()
    if not url:
        return delete_webhook(telegram, params)
    hook = Webhook(_checked_url(url), _checked_secret(params), _checked_connections(params))
    current = telegram.updates.webhook
    is_same = (hook.url, hook.secret_token) == (current.url, current.secret_token)
    remember_allowed(telegram, params)
    telegram.updates.webhook = hook
    _drop_if_asked(telegram, params)
    return Described(result=True, description=f"Webhook {'is already' if is_same else 'was'} set")


def delete_webhook(telegram: Telegram, params: Params) -> Described:
    """Stop pushing, so that the bot can poll."""
    was_set = bool(telegram.updates.webhook.url)
    telegram.updates.webhook = Webhook()
    _drop_if_asked(telegram, params)
    verb = "was" if was_set else "is already"
    return Described(result=True, description=f"Webhook {verb} deleted")


def get_webhook_info(telegram: Telegram, _params: Params) -> Json:
    """Return Telegram's `WebhookInfo`."""
    hook = telegram.updates.webhook
    info: Json = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": telegram.updates.waiting,
    }
    if hook.url:
        info["max_connections"] = hook.max_connections
    if hook.last_error_at_s is not None:
        info |= {"last_error_date": hook.last_error_at_s, "last_error_message": hook.last_error}
    if telegram.updates.allowed:
        info["allowed_updates"] = telegram.updates.allowed
    return info


def remember_allowed(telegram: Telegram, params: Params) -> None:
    """Remember which kinds of update the bot wants; without the parameter nothing changes."""
    allowed = params.json("allowed_updates")
    if allowed is None:
        return
    if not isinstance(allowed, list):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    telegram.updates.allowed = [str(kind) for kind in allowed]


def _drop_if_asked(telegram: Telegram, params: Params) -> None:
    if params.flag("drop_pending_updates"):
        telegram.updates.drop_pending()
    telegram.touched()


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    is_plain = parts.scheme == "http" and _is_local(parts.hostname or "")
    if not parts.hostname or (parts.scheme != "https" and not is_plain):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    return url


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked_secret(params: Params) -> str:
    secret = params.text("secret_token")
    if len(secret) > _SECRET_LIMIT:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise bad_request("secret token contains unallowed characters")
    return secret


def _checked_connections(params: Params) -> int:
    number = params.number("max_connections") or _DEFAULT_CONNECTIONS
    return min(max(number, 1), _CONNECTIONS_LIMIT)
