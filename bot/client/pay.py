"""A client pays his own bill: one question, then the prompt, shown in place as it goes."""

from functools import partial
from html import escape

from bot.context import Context
from bot.forms.filling import MenuOutOfDate, Outcome
from bot.looks.places import Where
from bot.looks.screen import SUCCESS, Screen, button, way_back
from core.billing.phone import mask_phone
from core.services.outgoing import Outgoing


async def ask_to_pay(context: Context, where: Where) -> Outcome:
    """Say whom he pays, how much and from which phone, before anything rings."""
    _ = context.texts.gettext
    bill = await context.engine.standings.bill(context.person.telegram_id, int(where.arguments[0]))
    oldest = await context.engine.standings.standing(
        context.person.telegram_id, bill.client_id or 0
    )
    # Debts are paid in order: a newer bill's button asks for the oldest one.
    bill = oldest.payable or bill
    text = _(
        "Pay <b>{amount}</b> to {business} now?\n\n"
        "Your phone {phone} asks for your M-Pesa PIN at once. Nothing is taken without it."
    ).format(
        amount=context.texts.kes(bill.amount_kes - bill.paid_kes),
        business=escape(oldest.client.owner.display_name),
        phone=mask_phone(oldest.client.phone_number),
    )
    not_now = button(_("◀ Not now"), where.back())  # button
    yes = button(_("💳 Yes, ask my phone"), where.stay("payyes", bill.id), SUCCESS)  # button
    return Screen(text=text, rows=[[not_now, yes]])


async def pay(context: Context, where: Where) -> Outcome:
    """Store the prompt at once, so that a second tap finds it; Daraja is called afterwards."""
    _ = context.texts.gettext
    message_id = _pressed_message(context)
    outgoing = await context.engine.own_payments.prepare(
        context.person.telegram_id, int(where.arguments[0]), message_id=message_id
    )
    text = _("⏳ Asking M-Pesa for <b>{amount}</b> …").format(
        amount=context.texts.kes(outgoing.push.amount_kes)
    )
    return Screen(
        text=text,
        rows=[way_back(context.texts, where)],
        afterwards=partial(_begin, context, outgoing),
    )


def _pressed_message(context: Context) -> int:
    query = context.incoming.callback_query if context.incoming else None
    if query is None or query.message is None:
        raise MenuOutOfDate  # Nobody types his way here.
    return query.message.message_id


async def _begin(context: Context, outgoing: Outgoing, message_id: int) -> None:
    context.application.create_task(_send(context, outgoing, message_id), update=context.incoming)


async def _send(context: Context, outgoing: Outgoing, message_id: int) -> None:
    """Call Daraja, and show what is true once it has answered, or has not."""
    person = context.person
    if outgoing.push.watcher_message_id != message_id:  # The old one was out of reach.
        await context.engine.own_payments.watch(
            person.telegram_id, outgoing.push.id, message_id=message_id
        )
    await context.engine.prompts.send_now(outgoing)
    await context.messenger.show_pay_status(
        person.telegram_id, message_id, outgoing.bill.id, person.language
    )
