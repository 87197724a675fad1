"""What people type, read for the forms: each parser raises InvalidValue with a code.

The parsers know the digits 0 to 9 alone: `read_answer` writes those of other scripts so.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from bot.forms.form import Asking, Choice, Step, Unacceptable, Value, offered
from core.billing.changes import check_first_date
from core.billing.charges import ChargeDraft, check_charge
from core.billing.money import MIN_CHARGE_KES, check_amount, parse_kes
from core.billing.phone import normalise_phone
from core.billing.preferences import MINUTES_A_DAY
from core.billing.text import check_email, check_letter, check_text
from core.errors import InvalidInput, InvalidValue
from core.services.clients.care import LONGEST_LETTER

_MAX_NAME_LENGTH = 100
_ISO_DATE = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII)
_LOCAL_DATE = re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})", re.ASCII)
# `8`, `08:30`, `8.30`, `0830`, `5pm`, `5:30 p.m.`, `17h`.
_TIME = re.compile(
    r"(?P<hour>\d{1,2})([:.h ]?(?P<minute>\d{2}))? ?(?P<half>am|pm|a\.m\.|p\.m\.)?h?"
)
_HALF_A_DAY = 12
# A day of the month as the buttons say it, in either language, and as people shorten that.
_DAY = re.compile(
    r"(on )?(the |day |tarehe )?(?P<day>\d{1,2})(st|nd|rd|th)?\.?( of the month| ya mwezi)?",
    re.ASCII,
)
_LAST_DAY = re.compile(
    r"(on )?(the )?last( day)?( of the month)?|(siku ya |tarehe ya )?mwisho( ya mwezi| wa mwezi)?"
)
_LAST = 31
_NAMED_ADDRESS = re.compile(r"[^<>@]*<(?P<address>[^<>]*)>")
# A number alone, or with a word for what is counted.
_COUNT = re.compile(r"[^\W\d]* ?(?P<count>\d{1,4}) ?[^\W\d]*")
# A complete draft, of which only the field that is being checked is put in.
_ANY_CHARGE = {"phone_number": "254700000000", "amount_kes": MIN_CHARGE_KES}

Parser = Callable[[Asking, str], Value]


def read_answer(step: Step, asking: Asking, text: str) -> Value:
    """Read what was typed for a question; whoever types a button's words means the button.

    Raises:
        InvalidValue: As the step's own parser says.
    """
    typed = text if step.is_free_text or step.is_secret else plain_digits(text)
    words = typed.strip().casefold()
    for choice in offered(step, asking):
        if choice.label.casefold() == words:
            return choice.value
    return step.parse(asking, typed)


def plain_digits(text: str) -> str:
    """Return the text with the decimal digits of any script as 0 to 9, e.g. `٠٧١٢` -> `0712`."""
    return "".join(str(unicodedata.decimal(char, char)) for char in text)


def read_name(_: Asking, text: str) -> Value:
    """Read a name of 1 to 100 characters."""
    return check_text(text, max_length=_MAX_NAME_LENGTH)


def read_phone(_: Asking, text: str) -> Value:
    """Read a Kenyan mobile number in any spelling."""
    return normalise_phone(text)


def read_email(_: Asking, text: str) -> Value:
    """Read an e-mail address, also as mail programs copy it: `Asha <asha@example.com>`."""
    match = _NAMED_ADDRESS.fullmatch(text.strip())
    return check_email(match["address"] if match else text)


def read_letter(_: Asking, text: str) -> Value:
    """Read a letter of 1 to 1000 characters, its lines kept."""
    return check_letter(text, max_length=LONGEST_LETTER)


def read_amount(*, minimum: int) -> Parser:
    """Return the parser of an amount in whole shillings."""

    def read(_: Asking, text: str) -> Value:
        return check_amount(parse_kes(text), minimum=minimum)

    return read


def read_reference(_: Asking, text: str) -> Value:
    """Read what the client sees as the account: letters and digits."""
    return _charge_field("account_reference", text)


def read_description(_: Asking, text: str) -> Value:
    """Read what the client sees as the reason."""
    return _charge_field("description", text)


def read_first_date(asking: Asking, text: str) -> Value:
    """Read the date of a first bill, as ISO text; the fact `today` says what day it is."""
    return check_first_date(read_date(text), today=asking.facts["today"]).isoformat()


def read_date(text: str) -> date:
    """Read `2026-12-01`, `1.12.2026` or `1/12/2026`.

    Raises:
        InvalidValue: `not_a_date`.
    """
    cleaned = text.strip()
    match = _ISO_DATE.fullmatch(cleaned) or _LOCAL_DATE.fullmatch(cleaned)
    if match is None:
        raise InvalidValue("not_a_date")
    parts = {name: int(digits) for name, digits in match.groupdict().items()}
    try:
        return date(**parts)
    except ValueError:
        raise InvalidValue("not_a_date") from None


def read_day_of_month(_: Asking, text: str) -> Value:
    """Read 1 to 31, also as `5th`, `on the 5th`, `tarehe 5`, `last day` or `siku ya mwisho`."""
    words = " ".join(text.lower().split())
    if _LAST_DAY.fullmatch(words):
        return _LAST
    match = _DAY.fullmatch(words)
    if match is None or not 1 <= int(match["day"]) <= _LAST:
        raise InvalidValue("out_of_range", min=1, max=_LAST)
    return int(match["day"])


def read_time(*, last: int = MINUTES_A_DAY - 1) -> Parser:
    """Return the parser of a time of day, as the minute after midnight."""

    def read(_: Asking, text: str) -> Value:
        match = _TIME.fullmatch(" ".join(text.lower().split()))
        if match is None or not match[0].isascii():
            raise InvalidValue("not_a_time")
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        if match["half"]:
            hour = _of_24(hour, match["half"])
        if minute > 59 or hour * 60 + minute > last:  # noqa: PLR2004 - of an hour
            raise InvalidValue("not_a_time")
        return hour * 60 + minute

    return read


def _of_24(hour: int, half: str) -> int:
    if not 1 <= hour <= _HALF_A_DAY:
        raise InvalidValue("not_a_time")
    return hour % _HALF_A_DAY + (_HALF_A_DAY if half.startswith("p") else 0)


def read_count(*, most: int) -> Parser:
    """Return the parser of a number from 0 on, such as `10` or `10 days`."""

    def read(_: Asking, text: str) -> Value:
        match = _COUNT.fullmatch(text.strip())
        if match is None or not match["count"].isascii() or int(match["count"]) > most:
            raise InvalidValue("out_of_range", min=0, max=most)
        return int(match["count"])

    return read


def read_choice(choices: Callable[[Asking], list[Choice]]) -> Parser:
    """Return the parser for a question with buttons alone.

    It knows them by their words, too, or by any that stand on one of them alone: `yes`, `cash`.
    """

    def read(asking: Asking, text: str) -> Value:
        wanted = text.strip().casefold()
        found = []
        for choice in choices(asking):
            label = choice.label.casefold()
            if wanted in {label, choice.key.casefold()}:
                return choice.value
            if wanted and re.search(rf"\b{re.escape(wanted)}\b", label):
                found.append(choice.value)
        if len(found) == 1:
            return found[0]
        _ = asking.texts.gettext
        raise Unacceptable(_("Please press one of the buttons below."))

    return read


def _charge_field(name: str, text: str) -> Value:
    """Check one field by the rule that checks the whole charge."""
    given = {**_ANY_CHARGE, name: text}
    try:
        charge = check_charge(ChargeDraft(**given))  # type: ignore[arg-type]  # names are fields
    except InvalidInput as error:
        fault = error.fields[name]
        raise InvalidValue(fault.code, **fault.params) from None
    cleaned: str | None = getattr(charge, name)
    return cleaned
