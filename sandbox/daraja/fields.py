"""What Daraja demands of each field (docs/daraja.md, "STK push")."""

import base64
import re
import secrets
from datetime import datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

from sandbox.clock import EAT
from sandbox.daraja.apps import DarajaApp
from sandbox.daraja.refusals import invalid_field, refused_by_mpesa
from sandbox.guard import is_loopback
from sandbox.mpesa.prompts import Order

AMOUNT_LIMIT_KES = 250_000
CLOCK_SKEW = timedelta(minutes=10)
PAYBILL = "CustomerPayBillOnline"
BUY_GOODS = "CustomerBuyGoodsOnline"

_PHONE = re.compile(r"254(7|1)\d{8}", re.ASCII)
_SHORTCODE = re.compile(r"\d{5,7}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{14}", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_FORBIDDEN_IN_URL = re.compile(r"m-pesa|mpesa|safaricom|exec?|cmd|sql|query", re.IGNORECASE)

Body = dict[str, Any]


def parse_push(body: Body, *, app: DarajaApp, now: datetime) -> Order:
    """Return what an STK push orders.

    Raises:
        DarajaRefusal: A field is missing or wrong, or the merchant is not who it claims to be.
    """
    check_merchant_fields(body, now=now)
    amount_kes = _amount_kes(body)
    _party(body, "PartyA", _PHONE)
    party_b = _party(body, "PartyB", _SHORTCODE)
    phone_number = _party(body, "PhoneNumber", _PHONE)
    callback_url = _callback_url(body)
    account = _text(body, "AccountReference", at_most=12)
    description = _text(body, "TransactionDesc", at_most=13, required=False)
    transaction_type = body.get("TransactionType")
    if transaction_type not in (PAYBILL, BUY_GOODS):
        raise invalid_field("TransactionType")
    check_merchant(body, app=app)
    if transaction_type != (BUY_GOODS if app.till else PAYBILL):
        raise invalid_field("TransactionType")
    if party_b != (app.till or app.shortcode):
        raise invalid_field("PartyB")
    return Order(
        shortcode=app.shortcode,
        till=app.till,
        business=app.business_name,
        phone_number=phone_number,
        amount_kes=amount_kes,
        account=account,
        description=description,
        callback_url=callback_url,
    )


def parse_query(body: Body, *, app: DarajaApp, now: datetime) -> str:
    """Return the CheckoutRequestID a query asks about; refuses as `parse_push` does."""
    check_merchant_fields(body, now=now)
    checkout_request_id = _text(body, "CheckoutRequestID", at_most=128)
    check_merchant(body, app=app)
    return checkout_request_id


def check_merchant_fields(body: Body, *, now: datetime) -> None:
    """Refuse a shortcode, password or timestamp of the wrong form."""
    _party(body, "BusinessShortCode", _SHORTCODE)
    _text(body, "Password", at_most=512)
    timestamp = _party(body, "Timestamp", _TIMESTAMP)
    try:
        # Kenya's time without naming it: the field carries no zone.
        sent_at = datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=EAT)
    except ValueError:
        _refuse("Timestamp")
    if abs(sent_at - now) > CLOCK_SKEW:
        _refuse("Timestamp")


def check_merchant(body: Body, *, app: DarajaApp) -> None:
    """Refuse a shortcode that is not the app's, or a password not made with its passkey."""
    if str(body["BusinessShortCode"]) != app.shortcode:
        raise refused_by_mpesa("Merchant does not exist")
    secret = f"{app.shortcode}{app.passkey}{body['Timestamp']}"
    expected = base64.b64encode(secret.encode())
    if not secrets.compare_digest(expected, body["Password"].encode()):
        raise refused_by_mpesa("[MerchantValidate] - Wrong credentials")


def _refuse(field: str) -> NoReturn:
    raise invalid_field(field) from None


def _party(body: Body, field: str, form: re.Pattern[str]) -> str:
    """Return a field of digits; Daraja takes a JSON number as well as text."""
    value = body.get(field)
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not form.fullmatch(text):
        _refuse(field)
    return text


def _amount_kes(body: Body) -> int:
    amount_kes = int(_party(body, "Amount", _WHOLE))
    if not 1 <= amount_kes <= AMOUNT_LIMIT_KES:
        _refuse("Amount")
    return amount_kes


def _text(body: Body, field: str, *, at_most: int, required: bool = True) -> str:
    value = body.get(field)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > at_most or (required and not value.strip()):
        _refuse(field)
    return value


def _callback_url(body: Body) -> str:
    value = body.get("CallBackURL")
    if not isinstance(value, str) or _FORBIDDEN_IN_URL.search(value):
        _refuse("CallBackURL")
    try:
        url = urlsplit(value)
        url.port  # noqa: B018 - urlsplit checks a port only when it is read
    except ValueError:
        _refuse("CallBackURL")
    if not _reaches_somebody(url):
        _refuse("CallBackURL")
    return value


def _reaches_somebody(url: SplitResult) -> bool:
    if not url.hostname:
        return False
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname))
