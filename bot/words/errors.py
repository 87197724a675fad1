"""Every error of the engine and every wrong value, as a sentence. All of it is HTML-safe."""

from bot.words.conflicts import conflict_sentence
from bot.words.outcomes import refusal_reasons, refusal_sentence, shown
from bot.words.texts import Texts
from core.errors import (
    Conflict,
    Fault,
    FluxPayError,
    InvalidInput,
    InvalidValue,
    NotAllowed,
    NotFound,
)


def sentence_for(texts: Texts, error: FluxPayError) -> str:
    """Say what went wrong and what can be done about it; wrong fields get a line each."""
    match error:
        case InvalidInput():
            return "\n".join(
                _field_line(texts, name, fault) for name, fault in error.fields.items()
            )
        case InvalidValue():
            return fault_sentence(texts, error.fault)
        case NotFound():
            return _not_found(texts, str(error.params["what"]))
        case NotAllowed():
            return _not_allowed(texts, str(error.params["reason"]))
        case Conflict():
            return conflict_sentence(texts, error)
        case _:
            return texts.gettext("This could not be done.")


_ABOUT_MONEY = frozenset({"too_small", "too_big", "too_big_by_hand", "more_than_owed"})


def fault_sentence(texts: Texts, fault: Fault) -> str:
    """Say what is wrong with a value, what is accepted, and give an example."""
    if fault.code in refusal_reasons(texts):
        return refusal_sentence(texts, fault)
    sentences = {
        **_of_texts(texts),
        **_of_amounts(texts),
        **_of_phones(texts),
        **_of_dates(texts),
        **_of_receipts(texts),
    }
    sentence = sentences.get(fault.code)
    if sentence is None:
        return texts.gettext("This value can't be used.")
    limits = {name: shown(_limit(texts, fault, name)) for name in fault.params}
    return sentence.format(**limits)


def _limit(texts: Texts, fault: Fault, name: str) -> str:
    value = fault.params[name]
    is_money = fault.code in _ABOUT_MONEY and isinstance(value, int)
    return texts.kes(int(value)) if is_money else str(value)


def _of_texts(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "required": _("Something must be entered here."),
        "too_long": _("This is too long: at most {max} characters fit."),
        "bad_text": _("This has characters that can't be used. Please type plain text."),
        "not_alphanumeric": _("Only letters and digits can be used here, for example HOUSE12."),
        "not_a_shortcode": _("This is no such number: one has 5 to 7 digits, for example 600111."),
        "not_a_secret": _(
            "This does not look like a key of Safaricom's portal: 8 characters or more, without "
            "spaces. Please copy it once more."
        ),
        "never_off": _("What failed or needs you can be silent, but not off."),
        "bad_hours": _("The hours must lie between {start} and {end}, and begin before they end."),
        "unknown_choice": _("Please choose one of these: {choices}."),
        "not_an_email": _("This is no e-mail address. Example: asha@example.com"),
    }


def _of_amounts(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "not_an_amount": _(
            "This is no amount. Please type whole shillings, for example 1,500 or 1.5k."
        ),
        "cents": _("M-Pesa takes whole shillings only, without cents, for example 1,500."),
        "too_small": _("The amount is too small: {min} is the least."),
        "too_big": _("The amount is too big: M-Pesa moves at most {max} in one payment."),
        "too_big_by_hand": _("This looks like a slip: at most {max} can be booked at once."),
        "more_than_owed": _("This is more than is open: {max}. The rest would belong to nobody."),
        "out_of_range": _("Please give a number from {min} to {max}."),
        "billing_day_not_used": _("A daily plan is billed every day, so it has no billing day."),
    }


def _of_phones(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "phone_empty": _("Please type a phone number, for example 0712 345 678."),
        "phone_not_kenyan": _(
            "This is not a Kenyan number. M-Pesa prompts go to numbers like 0712 345 678."
        ),
        "phone_too_short": _("This number is too short. Example: 0712 345 678"),
        "phone_too_long": _("This number is too long. Example: 0712 345 678"),
        "phone_not_mobile": _("This is not a mobile number. Example: 0712 345 678"),
        "phone_bad_characters": _("A phone number has digits only. Example: 0712 345 678"),
    }


def _of_dates(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "in_the_past": _("This date is in the past. Please choose today or a later day."),
        "not_after_today": _("Please choose a day from tomorrow on."),
        "too_far": _(
            "This date is too far away. Please choose one within the next {years} years."
        ),
        "not_a_date": _("This is no date. Examples: 2026-12-01 or 01.12.2026"),
        "not_a_time": _("This is no time of the day. Examples: 08:30 or 17:00"),
    }


def _of_receipts(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "not_a_receipt": _(
            "This is no M-Pesa code: one has 10 letters and digits, for example RKTQDM7W6S."
        ),
        "receipt_used": _("This M-Pesa code already belongs to another payment."),
    }


def _field_line(texts: Texts, name: str, fault: Fault) -> str:
    _ = texts.gettext
    labels = {
        "name": _("Name"),
        "business_name": _("Business name"),
        "amount_kes": _("Amount"),
        "interval_count": _("Interval"),
        "billing_day": _("Billing day"),
        "phone_number": _("Phone number"),
        "email": _("E-mail"),
        "first_billing_date": _("First bill"),
        "account_reference": _("Account reference"),
        "description": _("Description"),
        "receipt": _("M-Pesa code"),
        "reason": _("Reason"),
    }
    label = labels.get(name, shown(name))
    return f"<b>{label}</b>: {fault_sentence(texts, fault)}"


def _not_found(texts: Texts, what: str) -> str:
    _ = texts.gettext
    return {
        "staff": _("This person does not work here any more."),
        "api_key": _("This key does not work any more."),
        "account": _("No Paybill or Till of your own is linked."),
        "plan": _("This plan does not exist any more."),
        "client": _("This client does not exist any more."),
        "subscription": _("This subscription does not exist any more."),
        "transaction": _("This transaction does not exist any more."),
        "user": _("Nobody here has this number."),
        "event": _("There is no such message of M-Pesa."),
    }.get(what, _("This does not exist any more."))


def _not_allowed(texts: Texts, reason: str) -> str:
    _ = texts.gettext
    return {
        "admin_only": _("Only an administrator can do this."),
        "not_an_owner": _("This is for businesses. Press /start to sign up with yours."),
        "approval_pending": _(
            "Your business is still waiting for approval. We will tell you as soon as it is there."
        ),
        "not_your_role": _("Your role in this business does not allow this. Ask its owner."),
        "not_your_business": _("You do not work for this business any more."),
        "suspended": _("Your business is suspended. Please speak to the administrator."),
    }.get(reason, _("You can't do this."))
