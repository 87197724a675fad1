"""One client of the owner's, and what can be done for him."""

from html import escape

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import short, sign
from bot.looks.client_cards import client_card
from bot.looks.paging import PAGE_SIZE
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, SUCCESS, Row, Screen, button, way_back
from bot.looks.whatsapp import by_whatsapp
from bot.notices.client import reminder_words
from bot.owner.clients.invitation_screens import link_rows
from bot.owner.clients.subscription_screens import actions
from bot.words.texts import to_client
from core.billing.decisions import Decision
from core.billing.lifecycle import TransactionStatus
from core.billing.permissions import Permission
from core.models import Transaction
from core.services.clients.care import can_be_written_to
from core.services.clients.directory import ClientCard


async def client_screen(context: Context, where: Where) -> Outcome:
    """Show one client with all that can be done for him."""
    return await _screen(context, where)


async def _screen(context: Context, where: Where, *, toast: str | None = None) -> Screen:
    card = await _card(context, where)
    here = where.at("client", card.client.id)
    return Screen(
        text=client_card(context.texts, card),
        rows=[*await _rows(context, here, card), way_back(context.texts, here)],
        toast=toast,
    )


async def _rows(context: Context, here: Where, card: ClientCard) -> list[Row]:
    _ = context.texts.gettext
    number = card.client.id
    return [
        *await _subscription_rows(context, here, card),
        [
            button(_("🔔 Remind"), here.to("remind", number)),  # button
            button(_("✍️ Write"), here.to("new", "letter", number)),  # button
        ],
        [button(_("📲 Ask for payment"), here.to("ask", number), PRIMARY)],  # button
        [
            button(_("📱 Change phone"), here.to("new", "phone", number)),  # button
            button(_("🆕 Another plan"), here.to("new", "more", number)),  # button
        ],
    ]


async def _subscription_rows(context: Context, here: Where, card: ClientCard) -> list[Row]:
    """Return a button for each subscription; a single one's own actions at once."""
    _ = context.texts.gettext
    rows: list[Row] = [
        [
            button(
                _("{sign} {plan} · {amount}").format(
                    sign=sign(context.texts.status(row.status)),
                    plan=short(row.plan.name),
                    amount=context.texts.kes(row.amount_kes),
                ),
                here.to("sub", row.id),
            )
        ]
        for row in card.subscriptions[:PAGE_SIZE]
    ]
    if len(card.subscriptions) == 1:
        rows += actions(context, here, card.subscriptions[0])
        rows += await link_rows(context, here, card.subscriptions[0])
    return rows


async def _card(context: Context, where: Where) -> ClientCard:
    owner = await context.owner(Permission.SEE)
    return await context.engine.directory.card(owner.id, int(where.arguments[0]))


# --- reminding ----------------------------------------------------------------------------------


async def ask_to_remind(context: Context, where: Where) -> Outcome:
    """Show what the client would be reminded of, and the ways to do it."""
    _ = context.texts.gettext
    card = await _card(context, where)
    owner = await context.owner(Permission.RECORD)
    params = await context.engine.care.reminder(owner.id, card.client.id)
    spoken = to_client(context.texts, card.client.chosen_language)
    words = reminder_words(spoken, params, client_name=card.client.name)
    text = _("Remind <b>{client}</b>?\n\n<blockquote>{words}</blockquote>").format(
        client=escape(card.client.name), words=escape(words)
    )
    rows: list[Row] = []
    if can_be_written_to(card.client):
        send = button(
            _("🔔 Send in Telegram"),  # button
            _card_place(where).stay("reminded", card.client.id),
            SUCCESS,
        )
        rows.append([send])
    label = _("Send by WhatsApp")  # button
    rows.append(by_whatsapp(label, card.client.phone_number, words))
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


async def remind(context: Context, where: Where) -> Outcome:
    """Remind the client in his chat, at most once a day."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.RECORD)
    await context.engine.care.remind(owner.id, int(where.arguments[0]))
    return await _screen(context, where, toast=_("The reminder is on its way."))


def _card_place(where: Where) -> Where:
    """Return the place that this one was opened from, to stand there again afterwards."""
    return Where(where.trail[0] if where.trail else "home", where.trail[1:])


# --- asking for payment -------------------------------------------------------------------------


async def ask_for_payment(context: Context, where: Where) -> Outcome:
    """Offer a prompt for the oldest unpaid bill, and one for any other amount."""
    _ = context.texts.gettext
    card = await _card(context, where)
    owner = await context.owner(Permission.RECORD)
    bill = await context.engine.directory.oldest_open_bill(owner.id, card.client.id)
    text = _("<b>{client}</b> owes nothing. You can ask for a single amount all the same.").format(
        client=escape(card.client.name)
    )
    rows: list[Row] = []
    if bill is not None:
        can_ask = Decision.PROMPT_AGAIN in await context.engine.decisions.open_to(
            owner.id, bill.id
        )
        text, rows = _about_bill(context, where, bill, can_ask=can_ask)
    once = button(
        _("💵 Another amount"),  # button
        where.to("new", "pushphone", card.client.phone_number),
    )
    return Screen(text=text, rows=[*rows, [once], way_back(context.texts, where)])


def _about_bill(
    context: Context, where: Where, bill: Transaction, *, can_ask: bool
) -> tuple[str, list[Row]]:
    _ = context.texts.gettext
    texts = context.texts
    facts = {
        "client": escape(bill.client.name if bill.client else ""),
        "plan": escape(bill.subscription.plan.name if bill.subscription else ""),
        "amount": texts.kes(bill.amount_kes - bill.paid_kes),
        "date": texts.date(bill.period_start or context.engine.today()),
    }
    look = button(_("🧾 Open the bill"), where.to("txn", bill.id))  # button
    if can_ask:
        send = button(_("📲 Send the prompt"), where.to("again", bill.id), SUCCESS)  # button
        question = _(
            "Ask <b>{client}</b> for {amount} now? It is the bill of {date} for {plan}. The "
            "phone asks for the PIN at once."
        )
        return question.format(**facts), [[send], [look]]
    if bill.status is TransactionStatus.PENDING and bill.next_attempt_at is not None:
        moment = texts.moment(bill.next_attempt_at)
        waiting = _(
            "<b>{client}</b> owes {amount} of {date} for {plan}. I ask for it by myself at "
            "{moment}."
        )
        return waiting.format(**facts, moment=moment), [[look]]
    open_now = _(
        "<b>{client}</b> owes {amount} of {date} for {plan}. A prompt for it is out, or waits for "
        "your word."
    )
    return open_now.format(**facts), [[look]]
