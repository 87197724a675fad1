"""Who pays."""

from dataclasses import dataclass, replace
from functools import partial

from core.billing.faults import Faults
from core.billing.phone import normalise_phone
from core.billing.text import check_email, check_text

_MAX_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDraft:
    """A client as somebody typed him.

    `another_person` says that he only shares his phone with a client the owner already has, as
    parents and tenants do.
    """

    name: str
    phone_number: str
    email: str | None = None
    another_person: bool = False


def check_client(draft: ClientDraft) -> ClientDraft:
    """Return the client cleaned: the phone normalised, a blank email None.

    Raises:
        InvalidInput: It names each wrong field of `name` (1 to 100 characters), `phone_number`
            and `email`.
    """
    faults = Faults()
    client = replace(
        draft,
        name=faults.check("name", partial(check_text, max_length=_MAX_NAME_LENGTH), draft.name),
        phone_number=faults.check("phone_number", normalise_phone, draft.phone_number),
        email=faults.check("email", _check_optional_email, draft.email),
    )
    faults.raise_if_any()
    return client


def _check_optional_email(email: str | None) -> str | None:
    if email is None or not email.strip():
        return None
    return check_email(email)
