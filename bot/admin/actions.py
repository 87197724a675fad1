"""What the buttons under an administrator's notices do. The notice stays, its buttons go."""

from html import escape

from bot import chat
from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Row, Screen, button, home_row
from bot.words.errors import sentence_for
from core.billing.phone import local_phone
from core.errors import InvalidInput, NotAllowed


async def administer(context: Context, where: Where) -> Outcome:
    """Approve an owner, or let a halted Paybill or Till go on.

    Raises:
        NotAllowed: The person may not; the engine asks who he is, not the button.
    """
    action, subject = where.arguments
    screen = (
        await _resume(context, subject)
        if action == "resume"
        else await _approve(context, int(subject), lend_account=action == "lend")
    )
    if context.incoming is not None:
        await chat.answer(context.incoming, context)
        await chat.drop_keyboard(context.incoming)
    return screen


async def _approve(context: Context, user_id: int, *, lend_account: bool) -> Screen:
    _ = context.texts.gettext
    admin = context.person.telegram_id
    if not context.engine.people.is_admin(admin):
        raise NotAllowed("admin_only")
    user = await context.engine.people.approve(
        admin_telegram_id=admin, user_id=user_id, lend_account=lend_account
    )
    if lend_account:
        text = _("✅ <b>{business}</b> is approved and bills through our own Paybill or Till.")
    else:
        text = _("✅ <b>{business}</b> is approved.")
    return Screen(
        text=text.format(business=escape(user.display_name)), rows=[home_row(context.texts)]
    )


async def _resume(context: Context, shortcode: str) -> Screen:
    _ = context.texts.gettext
    await context.engine.accounts.resume(
        telegram_id=context.person.telegram_id, shortcode=shortcode
    )
    text = _("▶️ Prompts of {shortcode} go out again.").format(shortcode=escape(shortcode))
    return Screen(text=text, rows=[home_row(context.texts)])


async def block(context: Context, number: str, *, blocks: bool) -> Screen:
    """Block a number by its holder's wish, or let it go; a wrong one is explained."""
    _ = context.texts.gettext
    service = context.engine.blocked_numbers
    act = service.block if blocks else service.unblock
    try:
        phone = await act(admin_telegram_id=context.person.telegram_id, phone_number=number)
    except InvalidInput as error:
        return Screen(text=sentence_for(context.texts, error), rows=[home_row(context.texts)])
    text = (
        _("🔕 {phone} gets no prompts any more, from nobody.")
        if blocks
        else _("🔔 {phone} may get prompts again.")
    )
    return Screen(text=text.format(phone=local_phone(phone)), rows=[home_row(context.texts)])


def done(context: Context, text: str, *rows: Row) -> Screen:
    """Return what an admin sees after a form of his: what came of it, and the way on."""
    _ = context.texts.gettext
    administration = [button(_("🛡 Administration"), Where().to("admin"), PRIMARY)]  # button
    return Screen(text=text, rows=[*rows, administration, home_row(context.texts)])
