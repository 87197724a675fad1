"""A one-off charge: a prompt to one phone, outside any plan."""

from dataclasses import dataclass, replace
from functools import partial

from core.billing.faults import Faults
from core.billing.money import MIN_CHARGE_KES, check_amount
from core.billing.phone import normalise_phone
from core.billing.text import check_text
from core.errors import InvalidValue

# Daraja takes no more of either (docs/daraja.md, "STK push").
_MAX_REFERENCE_LENGTH = 12
_MAX_DESCRIPTION_LENGTH = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeDraft:
    """A charge as somebody typed it; the client reads the account reference in his prompt."""

    phone_number: str
    amount_kes: int
    account_reference: str | None = None
    description: str | None = None


def check_charge(draft: ChargeDraft) -> ChargeDraft:
    """Return the charge cleaned: the phone normalised, blank texts None.

    Raises:
        InvalidInput: It names each wrong field of `phone_number`, `amount_kes` (2 to 250,000),
            `account_reference` (12 letters or digits) and `description` (13 printable ASCII
            characters).
    """
    faults = Faults()
    charge = replace(
        draft,
        phone_number=faults.check("phone_number", normalise_phone, draft.phone_number),
        amount_kes=faults.check(
            "amount_kes", partial(check_amount, minimum=MIN_CHARGE_KES), draft.amount_kes
        ),
        account_reference=faults.check(
            "account_reference", _check_reference, draft.account_reference
        ),
        description=faults.check("description", _check_description, draft.description),
    )
    faults.raise_if_any()
    return charge


def _check_reference(reference: str | None) -> str | None:
    cleaned = (reference or "").strip()
    if not cleaned:
        return None
    if not (cleaned.isascii() and cleaned.isalnum()):
        raise InvalidValue("not_alphanumeric")
    if len(cleaned) > _MAX_REFERENCE_LENGTH:
        raise InvalidValue("too_long", max=_MAX_REFERENCE_LENGTH)
    return cleaned


def _check_description(description: str | None) -> str | None:
    cleaned = check_text(description or "", max_length=_MAX_DESCRIPTION_LENGTH, required=False)
    if not cleaned.isascii():  # Controls are gone: what is left of ASCII is printable.
        raise InvalidValue("bad_text")
    return cleaned or None
