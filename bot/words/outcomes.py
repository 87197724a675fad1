"""What became of a prompt, and why one was refused, in words for the owner and for the client."""

from html import escape

from bot.words.texts import Texts
from core.billing.outcomes import Outcome
from core.errors import Fault


def owner_sentence(texts: Texts, reason: str) -> str:
    """Say to the business what its client did, or what M-Pesa did.

    The reason is an `Outcome` or the code of a refusal; any other word gets a plain sentence,
    because news of money must not be lost for want of words.
    """
    _ = texts.gettext
    sentences: dict[str, str] = {
        **refusal_reasons(texts),
        Outcome.PAID: _("The payment was made."),
        Outcome.NO_MONEY: _("There was not enough money in the M-Pesa account."),
        Outcome.CANCELLED: _("The client cancelled the prompt."),
        Outcome.WRONG_PIN: _("The client entered a wrong M-Pesa PIN."),
        Outcome.TIMED_OUT: _("The client did not answer the prompt in time."),
        Outcome.UNREACHABLE: _(
            "The phone could not be reached: it may be off or without network."
        ),
        Outcome.OVER_LIMIT: _("The client's M-Pesa limit for the day is used up."),
        Outcome.PHONE_FAULT: _(
            "This number can't get prompts: it is not registered with M-Pesa, or it is locked."
        ),
        Outcome.AMOUNT_FAULT: _("M-Pesa does not move this amount in one payment."),
        Outcome.MERCHANT_FAULT: _(
            "The Paybill or Till is not set up correctly with Safaricom,"
            " so nobody can pay to it yet."
        ),
        Outcome.BUSY: _("M-Pesa was too busy to send the prompt. No money moved."),
        Outcome.PENDING: _("The client has not answered the prompt yet."),
        Outcome.UNCLEAR: _("M-Pesa's answer is not clear. We are checking."),
        Outcome.NEVER_SENT: _("The prompt was not sent."),
        Outcome.NO_ANSWER: _(
            "M-Pesa never told us what became of the prompt."
            " Look at your M-Pesa statement before you ask for the money again."
        ),
        Outcome.NOT_PAID: _("You told us that the money did not come."),
        **_owners_business(texts),
    }
    return sentences.get(reason, _("The payment did not go through."))


def _owners_business(texts: Texts) -> dict[str, str]:
    """Return why FluxPay does not go on by itself, where no prompt is to blame."""
    _ = texts.gettext
    return {
        "receipt_outranked": _(
            "The M-Pesa code that you gave for it has paid something else, so this is open again."
        ),
        "code_differs": _(
            "M-Pesa reports it under another code than the one that you gave."
            " Please look at your M-Pesa statement whether the money came twice."
        ),
        "client_left": _("The client has left with this unpaid. Only you can settle it now."),
        "denied": _(
            "You told us that it was paid, and now M-Pesa says that this prompt was not."
            " Please look at your M-Pesa statement."
        ),
    }


def client_sentence(texts: Texts, reason: str) -> str:
    """Say to the person who was asked to pay why it did not work, without blame."""
    _ = texts.gettext
    sentences: dict[str, str] = {
        Outcome.PAID: _("Your payment was made."),
        Outcome.NO_MONEY: _("There was not enough money in your M-Pesa account."),
        Outcome.CANCELLED: _("You cancelled the M-Pesa prompt."),
        Outcome.WRONG_PIN: _("The M-Pesa PIN was not correct."),
        Outcome.TIMED_OUT: _("The M-Pesa prompt ran out of time before you answered it."),
        Outcome.UNREACHABLE: _(
            "Your phone could not be reached: it may have been off or without network."
        ),
        Outcome.OVER_LIMIT: _("Your M-Pesa limit for the day is used up."),
        Outcome.PHONE_FAULT: _(
            "Your number can't get M-Pesa prompts at the moment. Safaricom can help on 100."
        ),
        Outcome.AMOUNT_FAULT: _("M-Pesa does not move this amount in one payment."),
        Outcome.MERCHANT_FAULT: _("The business can't send M-Pesa prompts at the moment."),
        Outcome.BUSY: _("M-Pesa was too busy to send you the prompt. No money moved."),
        Outcome.PENDING: _("The M-Pesa prompt still waits for your PIN."),
        Outcome.UNCLEAR: _("M-Pesa's answer is not clear. We are checking."),
        Outcome.NEVER_SENT: _("The M-Pesa prompt was not sent to you."),
        Outcome.NO_ANSWER: _(
            "We could not learn whether your payment went through."
            " If you got an M-Pesa message that it did, please show it to the business."
        ),
        Outcome.NOT_PAID: _("The business did not find your payment on its statement."),
    }
    # What M-Pesa refuses is between it and the business.
    return sentences.get(reason, _("The business can't send M-Pesa prompts at the moment."))


def refusal_sentence(texts: Texts, refusal: Fault) -> str:
    """Say why no prompt was sent. HTML-safe: M-Pesa's own words may come with it."""
    _ = texts.gettext
    reason = refusal_reasons(texts).get(refusal.code, _("M-Pesa did not take the request."))
    detail = str(refusal.params.get("detail", "")).strip()
    # What the network said is no help to anybody but the log.
    if not detail or refusal.code == "not_sent":
        return reason
    return reason + "\n" + _("M-Pesa says: {detail}").format(detail=shown(detail, limit=200))


def refusal_reasons(texts: Texts) -> dict[str, str]:
    """Return a sentence for each code of a refusal that the engine knows."""
    _ = texts.gettext
    return {
        "merchant_refused": _(
            "M-Pesa refuses the Paybill or Till: its settings at Safaricom must be put right."
        ),
        "phone_refused": _("M-Pesa can't send a prompt to this number."),
        "request_refused": _("M-Pesa does not accept this request."),
        "busy": _("M-Pesa is too busy at the moment. Please try again in a few minutes."),
        "phone_locked": _(
            "Another M-Pesa prompt is still open on this phone. Please try again in a minute."
        ),
        "not_sent": _("M-Pesa could not be reached. Please try again in a few minutes."),
        "number_blocked": _(
            "The holder of this number does not want M-Pesa prompts."
            " Please collect the money another way."
        ),
    }


def shown(text: str, *, limit: int = 100) -> str:
    """Return what somebody typed, on one line, cut to `limit` characters and escaped for HTML.

    With names this short no message comes near Telegram's 4096 characters.
    """
    line = " ".join(text.split())
    return escape(line if len(line) <= limit else line[: limit - 1].rstrip() + "…")
