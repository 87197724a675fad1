"""What goes out by e-mail, in words. All of it is plain text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.looks.message import Params, date_of
from bot.words.texts import Texts
from core.billing.periods import Frequency


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail."""

    subject: str
    body: str


def invitation(texts: Texts, params: Params) -> Letter:
    """Say to the client who invites, to what, for how much, and how to accept."""
    _ = texts.gettext
    business = _one_line(params["business"])
    price = {
        "amount": texts.kes(params["amount_kes"]),
        "frequency": texts.frequency(Frequency(params["frequency"]), params["interval_count"]),
    }
    lines = [
        _("Hello {client},").format(client=_one_line(params["client_name"])),
        "",
        _("{business} invites you to pay by M-Pesa.").format(business=business),
        "",
        _("Plan: {plan}").format(plan=_one_line(params["plan_name"])),
        _("Price: {amount} {frequency}").format(**price),
        _("First payment: {date}").format(date=texts.date(date_of(params["first_on"]))),
        "",
        _("To accept, open this link in Telegram and press Start:"),
        str(params["url"]),
        "",
        _("The link works once, until {date}.").format(
            date=texts.date(date_of(params["expires_on"]))
        ),
        _("If you don't know {business}, do nothing: nothing is billed.").format(
            business=business
        ),
    ]
    subject = _("Your invitation from {business}").format(business=business)
    return Letter(subject, "\n".join(lines) + "\n")


def _one_line(text: object) -> str:
    return " ".join(str(text).split())


LETTERS: Mapping[str, Callable[[Texts, Params], Letter]] = {"invitation": invitation}
"""Each template of the `emails` table."""
