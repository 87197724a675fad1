"""A stored prompt goes out, and its message shows how it goes."""

from collections.abc import Sequence
from functools import partial

from bot.context import Context
from bot.looks.screen import Row, Screen
from core.billing.phone import local_phone
from core.services.outgoing import Outgoing


def sending_screen(context: Context, outgoing: Outgoing, rows: Sequence[Row] = ()) -> Screen:
    """Say that it is being sent; once that is shown, and committed, Daraja is called."""
    _ = context.texts.gettext
    text = _("Sending an STK push of {amount} to {phone} …").format(
        amount=context.texts.kes(outgoing.push.amount_kes),
        phone=local_phone(outgoing.push.phone_number),
    )
    return Screen(text=text, rows=rows, afterwards=partial(_begin, context, outgoing))


async def _begin(context: Context, outgoing: Outgoing, message_id: int) -> None:
    context.application.create_task(_send(context, outgoing, message_id), update=context.incoming)


async def _send(context: Context, outgoing: Outgoing, message_id: int) -> None:
    """Call Daraja, and show what is true once it has answered, or has not."""
    person = context.person
    status_message = (person.telegram_id, message_id)
    await context.engine.prompts.send_now(outgoing, status_message=status_message)
    await context.messenger.show_push_status(*status_message, outgoing.bill.id, person.language)
