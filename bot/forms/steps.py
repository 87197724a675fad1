"""What several forms have in common: a phone, an amount, and words for questions."""

from collections.abc import Callable, Sequence

from bot.forms.form import Asking, Choice, Step, Value
from bot.forms.inputs import read_phone
from bot.words.texts import Texts
from core.billing.phone import local_phone

COMMON_AMOUNTS_KES = (500, 1000, 2500)


def name_title(texts: Texts) -> str:
    """Name the question for a name."""
    _ = texts.gettext
    return _("Name")


def save_word(texts: Texts) -> str:
    """Say what Confirm does where something is changed."""
    _ = texts.gettext
    return _("✅ Save")  # button


def phone_title(texts: Texts) -> str:
    """Name the question for an M-Pesa number."""
    _ = texts.gettext
    return _("Phone")


def show_phone(_: Asking, value: Value) -> str:
    """Show a number as people write it."""
    return local_phone(str(value))


def amount_choices(asking: Asking) -> list[Choice]:
    """Offer the common amounts."""
    return [Choice(label=asking.texts.kes(kes), value=kes) for kes in COMMON_AMOUNTS_KES]


def show_amount(asking: Asking, value: Value) -> str:
    """Show whole shillings."""
    return asking.texts.kes(int(value or 0))


def skip(asking: Asking) -> list[Choice]:
    """Offer to leave the question out."""
    _ = asking.texts.gettext
    return [Choice(label=_("Skip"), value=None)]  # button


def _no_numbers(_: Asking) -> Sequence[Choice]:
    return ()


def phone_step(
    question: Callable[[Asking], str],
    *,
    title: Callable[[Texts], str] = phone_title,
    choices: Callable[[Asking], Sequence[Choice]] = _no_numbers,
    wants_own_contact: bool = False,
) -> Step:
    """Return the question for an M-Pesa number, in the form's own words."""
    return Step(
        field="phone_number",
        title=title,
        question=question,
        parse=read_phone,
        show=show_phone,
        choices=choices,
        wants_own_contact=wants_own_contact,
    )
