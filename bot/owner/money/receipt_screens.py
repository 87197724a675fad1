"""The receipt of a payment, as its owner looks at it and sends it on again."""

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.message import copy_code_row
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Row, Screen, Toast, button, way_back
from bot.notices.client import receipt as receipt_message
from bot.notices.client import receipt_by_whatsapp
from core.billing.permissions import Permission


async def receipt(context: Context, where: Where) -> Outcome:
    """Show the receipt as the client gets it, with the ways to give it to him."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    number = int(where.arguments[0])
    params = await context.engine.histories.receipt(owner.id, number)
    send = button(_("📨 Send it again"), where.stay("resend", number), PRIMARY)  # button
    # Only who was in a chat has chosen a language, and only there can it be sent again.
    again = [send] if params["client_language"] else []
    rows: list[Row] = [
        copy_code_row(context.texts, params["receipt"]),
        [*again, *await by_whatsapp(context, owner.id, number)],
    ]
    return Screen(
        text=receipt_message(context.texts, params).text,
        rows=[*(row for row in rows if row), way_back(context.texts, where)],
    )


async def by_whatsapp(context: Context, owner_id: int, number: int) -> Row:
    """Return the button that has the receipt ready in WhatsApp."""
    _ = context.texts.gettext
    params = await context.engine.histories.receipt(owner_id, number)
    facts = {**params, "is_demo": context.engine.settings.demo}
    return receipt_by_whatsapp(context.texts, facts, _("Send by WhatsApp"))  # button


async def send_again(context: Context, where: Where) -> Outcome:
    """Send it to the client's chat, once for each press."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.RECORD)
    press = context.incoming.update_id if context.incoming else 0
    await context.engine.histories.send_receipt(owner.id, int(where.arguments[0]), press=press)
    return Toast(text=_("The receipt is on its way to the client."))
