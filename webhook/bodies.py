"""The bodies of POST requests: their types here, their rules in core/billing.

Names are camelCase as sent. Types are strict: 10.0, true and "10" are no whole numbers. Fields
that nobody knows are ignored, and null means the same as absent.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from core.billing.charges import ChargeDraft, check_charge
from core.billing.clients import ClientDraft, check_client
from core.billing.periods import Frequency, Renewal
from core.billing.plans import PlanDraft, check_plan
from core.errors import Fault, InvalidInput
from webhook.reading import MAX_ID

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

_CODES: Mapping[str, str] = {
    "missing": "required",
    "string_type": "not_text",
    "int_type": "not_a_whole_number",
    "int_from_float": "not_a_whole_number",
    "model_type": "not_an_object",
    "model_attributes_type": "not_an_object",
    "greater_than_equal": "not_an_id",
    "less_than_equal": "not_an_id",
}
"""Pydantic's error types as our codes. Our own validators bring theirs."""


def _frequency(value: Any) -> Any:
    return _choice(value, Frequency)


def _renewal(value: Any) -> Any:
    return Renewal.FIXED if value is None else _choice(value, Renewal)


def _choice(value: Any, choices: type[Frequency | Renewal]) -> Any:
    names = {str(choice).lower(): choice for choice in choices}
    if isinstance(value, str) and value.isascii() and value.lower() in names:
        return names[value.lower()]
    raise PydanticCustomError("not_one_of", "{choices}", {"choices": ", ".join(names)})


def _date(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("not_a_date", "not a date")


def _one_if_absent(value: Any) -> Any:
    return 1 if value is None else value


class Body(BaseModel):
    """What all bodies have in common.

    `SENT_AS` names the engine's fields as the caller knows them. `STAND_IN` is a body that no
    rule objects to: it lends its fields in place of those whose type is wrong, so that the rules
    can look at all the others. `LENT_WITH` names a field that must be lent beside a wrong one,
    because a rule looks at both.
    """

    model_config = ConfigDict(
        strict=True, frozen=True, extra="ignore", alias_generator=to_camel, serialize_by_alias=True
    )

    SENT_AS: ClassVar[Mapping[str, str]] = {}
    STAND_IN: ClassVar[Mapping[str, Any]] = {}
    LENT_WITH: ClassVar[Mapping[str, str]] = {}

    @classmethod
    @contextmanager
    def naming_fields(cls) -> Iterator[None]:
        """Let an InvalidInput that the engine raises inside name the fields as sent."""
        try:
            yield
        except InvalidInput as error:
            raise InvalidInput(
                {cls.SENT_AS.get(name, name): fault for name, fault in error.fields.items()}
            ) from error

    @classmethod
    def read(cls, content: Mapping[str, Any], check: Callable[[Self], object]) -> Self:
        """Return the body, if its types are right and `check` raises nothing.

        Raises:
            InvalidInput: It names every field that is wrong in type or by the rules, as sent.
        """
        body, wrong = cls._read_types(content)
        try:
            with cls.naming_fields():
                check(body)
        except InvalidInput as error:
            wrong = {**error.fields, **wrong}
        if wrong:
            raise InvalidInput(wrong)
        return body

    @classmethod
    def _read_types(cls, content: Mapping[str, Any]) -> tuple[Self, dict[str, Fault]]:
        try:
            return cls.model_validate(content), {}
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        wrong = {_path(detail): _fault(detail) for detail in details}
        mended = dict(content)
        for detail in details:
            _mend(mended, detail["loc"], cls.STAND_IN)
        for lent in {cls.LENT_WITH[name] for name in wrong if name in cls.LENT_WITH}:
            mended[lent] = cls.STAND_IN[lent]
        return cls.model_validate(mended), wrong


class PlanBody(Body):
    """POST /api/plans."""

    name: str
    amount_kes: int
    frequency: Annotated[Frequency, BeforeValidator(_frequency)]
    interval_count: Annotated[int, BeforeValidator(_one_if_absent)] = 1
    billing_day: int | None = None
    renewal: Annotated[Renewal, BeforeValidator(_renewal)] = Renewal.FIXED

    SENT_AS = {
        "amount_kes": "amountKes",
        "interval_count": "intervalCount",
        "billing_day": "billingDay",
    }
    # A rolling plan by the month takes any billing day that some plan could take, or none.
    STAND_IN = {
        "name": "plan",
        "amountKes": 1,
        "frequency": Frequency.MONTHLY,
        "intervalCount": 1,
        "billingDay": None,
        "renewal": Renewal.ROLLING,
    }
    LENT_WITH = {"frequency": "renewal"}

    def draft(self) -> PlanDraft:
        """Return the plan for the engine."""
        return PlanDraft(
            name=self.name,
            amount_kes=self.amount_kes,
            frequency=self.frequency,
            interval_count=self.interval_count,
            billing_day=self.billing_day,
            renewal=self.renewal,
        )

    def check(self) -> None:
        """Hold the plan to the rules."""
        check_plan(self.draft())


class ClientBody(Body):
    """The client in POST /api/subscriptions."""

    name: str
    phone_number: str
    email: str | None = None

    def draft(self) -> ClientDraft:
        """Return the client for the engine."""
        return ClientDraft(name=self.name, phone_number=self.phone_number, email=self.email)


class SubscriptionBody(Body):
    """POST /api/subscriptions."""

    plan_id: Annotated[int, Field(ge=1, le=MAX_ID)]
    client: ClientBody
    first_billing_date: Annotated[date | None, BeforeValidator(_date)] = None

    SENT_AS = {
        "plan_id": "planId",
        "name": "client.name",
        "phone_number": "client.phoneNumber",
        "email": "client.email",
        "first_billing_date": "firstBillingDate",
    }
    STAND_IN = {
        "planId": 1,
        "client": {"name": "client", "phoneNumber": "254712345678", "email": None},
        "firstBillingDate": None,
    }

    def check(self, *, today: date) -> None:
        """Hold the client and the date to the rules; whether there is such a plan is open."""
        wrong: dict[str, Fault] = {}
        try:
            check_client(self.client.draft())
        except InvalidInput as error:
            wrong.update(error.fields)
        if self.first_billing_date is not None and self.first_billing_date < today:
            wrong["first_billing_date"] = Fault("in_the_past")
        if wrong:
            raise InvalidInput(wrong)


class ChargeBody(Body):
    """POST /api/payments/stk-push."""

    phone_number: str
    amount_kes: int
    account_reference: str | None = None
    transaction_desc: str | None = None

    SENT_AS = {
        "phone_number": "phoneNumber",
        "amount_kes": "amountKes",
        "account_reference": "accountReference",
        "description": "transactionDesc",
    }
    STAND_IN = {
        "phoneNumber": "254712345678",
        "amountKes": 2,
        "accountReference": None,
        "transactionDesc": None,
    }

    def draft(self) -> ChargeDraft:
        """Return the charge for the engine."""
        return ChargeDraft(
            phone_number=self.phone_number,
            amount_kes=self.amount_kes,
            account_reference=self.account_reference,
            description=self.transaction_desc,
        )

    def check(self) -> None:
        """Hold the charge to the rules."""
        check_charge(self.draft())


def _mend(content: dict[str, Any], path: tuple[int | str, ...], stand_in: Any) -> None:
    """Put the stand-in's value at the path; objects on the way are copied, not changed."""
    *outer, last = path
    for name in outer:
        content[str(name)] = dict(content[str(name)])
        content, stand_in = content[str(name)], stand_in[name]
    content[str(last)] = stand_in[last]


def _path(detail: ErrorDetails) -> str:
    return ".".join(str(name) for name in detail["loc"])


def _fault(detail: ErrorDetails) -> Fault:
    code = _CODES.get(detail["type"], detail["type"])
    choices = detail.get("ctx", {}).get("choices")
    return Fault(code, {"choices": choices} if choices else {})
