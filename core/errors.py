"""Every error that the engine raises on purpose.

FluxPayError
├── InvalidValue            one value is wrong; whoever knows its field makes InvalidInput of it
├── InvalidInput            what somebody typed or sent; names each wrong field
├── NotFound                no such row, or another owner's
├── NotAllowed              the person may not do this
└── Conflict                the row is not in a state for this
    ├── IllegalMove         a subscription can't go from one status to the other
    ├── PhoneHasOpenPrompt  one prompt per phone at a time
    ├── NoMerchantAccount   the owner has no Paybill or Till to bill through
    └── InvitationUnusable  used, expired, revoked or unknown

An error has a stable `code` and `params`, no HTTP status and no prose: bot/words/errors.py makes a
sentence of it, webhook/errors.py a status and a body. A payment that fails is no error but a
result.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

Param = str | int


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value: a stable code, and the numbers or names it speaks of."""

    code: str
    params: Mapping[str, Param] = field(default_factory=dict)


class FluxPayError(Exception):
    """Base of all that the engine raises on purpose."""

    code: ClassVar[str] = "error"

    def __init__(self, **params: Param) -> None:
        super().__init__(self.code, params)
        self.params: dict[str, Param] = params

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.params.items())
        return f"{self.code}({facts})"


class InvalidValue(FluxPayError):
    """One value is wrong, and the parser that says so does not know which field it came from."""

    code = "invalid_value"

    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(**params)
        self.fault = Fault(code, params)

    def __str__(self) -> str:
        return self.fault.code


class InvalidInput(FluxPayError):
    """Carry every wrong field by name, so that a form can show them all at once."""

    code = "invalid_input"

    def __init__(self, fields: Mapping[str, Fault]) -> None:
        super().__init__(**{name: fault.code for name, fault in fields.items()})
        self.fields: dict[str, Fault] = dict(fields)

    @classmethod
    def of(cls, name: str, code: str, **params: Param) -> "InvalidInput":
        """Return the error for one wrong field."""
        return cls({name: Fault(code, params)})


class NotFound(FluxPayError):
    """Say `what` was looked for; another owner's row is as absent as one that never was."""

    code = "not_found"

    def __init__(self, what: str) -> None:
        super().__init__(what=what)


class NotAllowed(FluxPayError):
    """The person is known but may not do this (`reason`: a stable word)."""

    code = "not_allowed"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class Conflict(FluxPayError):
    """The row is not in a state in which this can be done (`reason`: a stable word)."""

    code = "conflict"

    def __init__(self, reason: str, **params: Param) -> None:
        super().__init__(reason=reason, **params)


class IllegalMove(Conflict):
    """A subscription can't go from `current` to `wanted`."""

    code = "illegal_move"

    def __init__(self, *, current: str, wanted: str) -> None:
        super().__init__("illegal_move", current=current, wanted=wanted)


class PhoneHasOpenPrompt(Conflict):
    """Another prompt is still open on this phone, whoever sent it.

    Of one that nobody can answer any more, and of whose end nothing is known, `decided_by` is the
    instant, in ISO's form, from which it is up to its owner.
    """

    code = "phone_has_open_prompt"

    def __init__(self, *, decided_by: datetime | None = None) -> None:
        params = {} if decided_by is None else {"decided_by": decided_by.isoformat()}
        super().__init__("phone_has_open_prompt", **params)


class NoMerchantAccount(Conflict):
    """The owner has no account of his own, and no admin has lent him the platform's."""

    code = "no_merchant_account"

    def __init__(self) -> None:
        super().__init__("no_merchant_account")


class InvitationUnusable(Conflict):
    """The link can't be accepted (`reason`: unknown, used, expired, cancelled)."""

    code = "invitation_unusable"
