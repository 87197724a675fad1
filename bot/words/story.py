"""What happened to one bill, in words: each prompt with its end, and each payment."""

from html import escape

from bot.words.texts import Texts
from core.billing.lifecycle import PushState
from core.billing.outcomes import Outcome
from core.models import PaymentSource
from core.services.bills.histories import Asked, History, Paid

_MOST = 12
"""Events that a card shows; older ones are counted."""


def story(texts: Texts, history: History) -> str | None:
    """Return a line for each thing that happened, HTML, the oldest first; None for nothing."""
    _ = texts.gettext
    events = history.events
    if not events:
        return None
    lines = [_line(texts, event) for event in events[-_MOST:]]
    older = len(events) - len(lines)
    if older:
        more = texts.ngettext("{n} earlier event", "{n} earlier events", older)
        lines.insert(0, more.format(n=older))
    return "\n".join([_("<b>What happened</b>"), *lines])


def _line(texts: Texts, event: Asked | Paid) -> str:
    match event:
        case Asked():
            return _asked(texts, event)
        case Paid():
            return _paid(texts, event)


def _asked(texts: Texts, event: Asked) -> str:
    _ = texts.gettext
    moment = texts.moment(event.at)
    if event.state is PushState.REJECTED:
        return _("📲 {moment}: no prompt could be sent").format(moment=moment)
    end = _end(texts, event)
    return _("📲 {moment}: prompt sent, {end}").format(moment=moment, end=end)


def _end(texts: Texts, event: Asked) -> str:
    """Return how the prompt ended, as the end of a sentence."""
    _ = texts.gettext
    if event.state in {PushState.CREATED, PushState.SENDING, PushState.SENT}:
        return _("waiting for the PIN")
    if event.state is PushState.UNKNOWN:
        return _("nobody knows yet whether it arrived")
    if event.state is PushState.SUCCESS:
        return _("paid")
    return {
        Outcome.CANCELLED: _("cancelled"),
        Outcome.WRONG_PIN: _("wrong PIN"),
        Outcome.NO_MONEY: _("not enough money"),
        Outcome.TIMED_OUT: _("no answer in time"),
        Outcome.UNREACHABLE: _("the phone could not be reached"),
        Outcome.OVER_LIMIT: _("the client's daily limit was used up"),
        Outcome.PHONE_FAULT: _("this number can't get prompts"),
        Outcome.BUSY: _("M-Pesa was too busy"),
        Outcome.MERCHANT_FAULT: _("the Paybill or Till was refused"),
        Outcome.NO_ANSWER: _("no answer ever came from M-Pesa"),
        Outcome.NOT_PAID: _("not paid, you told us"),
    }.get(event.outcome or Outcome.UNCLEAR, _("not paid"))


def _paid(texts: Texts, event: Paid) -> str:
    _ = texts.gettext
    names = {"moment": texts.moment(event.at), "amount": texts.kes(event.amount_kes)}
    match event.source:
        case PaymentSource.CASH:
            return _("💵 {moment}: {amount} in cash").format(**names)
        case PaymentSource.BANK:
            return _("🏦 {moment}: {amount} at the bank").format(**names)
        case _ if event.receipt is None:
            return _("💰 {moment}: {amount} by M-Pesa").format(**names)
        case _:
            code = escape(event.receipt or "")
            return _("💰 {moment}: {amount} by M-Pesa, <code>{code}</code>").format(
                **names, code=code
            )
