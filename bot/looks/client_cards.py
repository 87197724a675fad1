"""Clients in words: as a line of a list, as a button, as a card. Cards are HTML."""

from html import escape

from bot.looks.cards import short
from bot.words.texts import Texts
from core.billing.lifecycle import BILLABLE
from core.billing.phone import local_phone
from core.billing.standing import ClientFilter, ClientState, Standing
from core.models import Client, Subscription, Transaction
from core.services.clients.directory import ClientCard, Entry

_MOST_LINES = 8  # Of subscriptions on a card: beyond that it is no glance any more.
_F = ClientFilter
_S = ClientState


def filter_name(texts: Texts, shown: ClientFilter) -> str:
    """Return the word for what a list shows. Plain text."""
    _ = texts.gettext
    return {
        _F.ALL: _("All"),
        _F.DUE: _("Due"),
        _F.OVERDUE: _("Overdue"),
        _F.PENDING: _("Invited"),
        _F.PAUSED: _("On pause"),
    }[shown]


def state_sign(state: ClientState) -> str:
    """Return the sign of a state; its word stands beside it."""
    return {
        _S.OVERDUE: "⚠️",
        _S.DUE: "🕓",
        _S.PENDING: "⏳",
        _S.PAUSED: "⏸",
        _S.RUNNING: "✅",
        _S.ENDED: "✖️",
    }[state]


def state_words(texts: Texts, standing: Standing) -> str:
    """Say in a few words how a client stands. Plain text."""
    _ = texts.gettext
    match standing.state:
        case _S.OVERDUE:
            return texts.ngettext("{n} d late", "{n} d late", standing.days_late).format(
                n=standing.days_late
            )
        case _S.DUE:
            return _("due today")
        case _S.PENDING:
            return _("invited")
        case _S.PAUSED:
            return _("paused")
        case _S.ENDED:
            return _("ended")
        case _S.RUNNING:
            return texts.day(standing.next_on) if standing.next_on else _("running")


def entry_words(texts: Texts, entry: Entry) -> str:
    """Return a client as a button's words, `⚠️ Asha · KES 500 · 3 d late`. Plain text."""
    _ = texts.gettext
    return _("{sign} {client} · {amount} · {state}").format(
        sign=state_sign(entry.standing.state),
        client=short(entry.client.name),
        amount=texts.kes(entry.standing.amount_kes),
        state=state_words(texts, entry.standing),
    )


def client_card(texts: Texts, card: ClientCard) -> str:
    """Return a client: who he is, what he owes, what he pays for, what has been."""
    _ = texts.gettext
    client = card.client
    lines = [
        f"<b>{escape(client.name)}</b>",
        _("Phone: {phone}").format(phone=local_phone(client.phone_number)),
    ]
    if client.email:
        lines.append(_("E-mail: {email}").format(email=escape(client.email)))
    lines += [_chat_line(texts, client), "", *_balance(texts, card)]
    subscriptions = [_subscription_line(texts, row) for row in card.subscriptions[:_MOST_LINES]]
    if subscriptions:
        lines += ["", _("<b>Subscriptions</b>"), *subscriptions]
    if card.history:
        lines += ["", _("<b>Latest transactions</b>")]
        lines += [_history_line(texts, row) for row in card.history]
    return "\n".join(lines)


def _chat_line(texts: Texts, client: Client) -> str:
    _ = texts.gettext
    if client.telegram_id is None:
        return _("💬 Not in Telegram yet: prompts come by phone all the same.")
    if client.blocked_at is not None:
        return _("💬 Has blocked me in Telegram: prompts come by phone all the same.")
    return _("💬 Gets receipts in Telegram.")


def _balance(texts: Texts, card: ClientCard) -> list[str]:
    _ = texts.gettext
    lines = [_("Owes nothing.")]
    if card.standing.owed_kes:
        amount = texts.kes(card.standing.owed_kes)
        lines = [_("Owes: <b>{amount}</b>").format(amount=amount)]
        if card.standing.days_late:
            late = texts.ngettext("{n} day late", "{n} days late", card.standing.days_late)
            lines[0] += f" · {late.format(n=card.standing.days_late)}"
    if card.credit_kes:
        lines.append(_("Credit: {amount}").format(amount=texts.kes(card.credit_kes)))
    if card.standing.next_on:
        date = texts.date(card.standing.next_on)
        lines.append(_("Next bill: {date}").format(date=date))
    return lines


def _subscription_line(texts: Texts, row: Subscription) -> str:
    _ = texts.gettext
    line = _("{status} · {plan} · {amount}").format(
        status=texts.status(row.status),
        plan=escape(row.plan.name),
        amount=texts.kes(row.amount_kes),
    )
    if row.status not in BILLABLE or row.cancel_at is not None:
        return line
    return f"{line} · {texts.day(row.next_billing_date)}"


def _history_line(texts: Texts, row: Transaction) -> str:
    _ = texts.gettext
    return _("{status} · {amount} · {moment}").format(
        status=texts.status(row.status),
        amount=texts.kes(row.amount_kes),
        moment=texts.moment(row.settled_at or row.created_at),
    )
