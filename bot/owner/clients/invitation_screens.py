"""The link that a client opens: how it stands, and every way of bringing it to him."""

from html import escape

from telegram import CopyTextButton, InlineKeyboardButton

from bot import chat
from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.pictures import qr_png
from bot.looks.places import Where
from bot.looks.screen import DANGER, Row, Screen, Toast, button, home_row
from bot.notices.sharing import sharing_rows
from core.billing.lifecycle import SubscriptionStatus
from core.errors import Conflict
from core.models import Email, NotificationState, Subscription


async def invitation_lines(context: Context, subscription: Subscription) -> str:
    """Say how the invitation stands. HTML."""
    _ = context.texts.gettext
    texts = context.texts
    expires_at = subscription.invitation_expires_at
    if subscription.invitation_token is None or expires_at is None:
        return _("✉️ There is no link now: you took it back.")
    if expires_at <= context.engine.now():
        lines = [_("✉️ The link has expired. Send a new one.")]
    else:
        lines = [
            _("✉️ The link works once, until {date}.").format(
                date=texts.date(expires_at.astimezone(context.engine.zone).date())
            )
        ]
    if subscription.invitation_opened_at is not None:
        moment = texts.moment(subscription.invitation_opened_at)
        lines.append(_("👀 Opened {moment}").format(moment=moment))
    email = await _email(context, subscription)
    if email is not None:
        lines.append(_email_line(context, email))
    return "\n".join(lines)


def _email_line(context: Context, email: Email) -> str:
    _ = context.texts.gettext
    address = escape(email.address)
    if email.sent_at is not None:
        return _("📧 E-mailed to {address}, {moment}").format(
            address=address, moment=context.texts.moment(email.sent_at)
        )
    if email.state is NotificationState.QUEUED:
        return _("📧 The e-mail to {address} is on its way.").format(address=address)
    return _("📧 The e-mail to {address} did not get through.").format(address=address)


async def _email(context: Context, subscription: Subscription) -> Email | None:
    return await context.engine.mail.latest(
        subscription.owner_id, f"subscription:{subscription.id}"
    )


async def link_rows(context: Context, here: Where, subscription: Subscription) -> list[Row]:
    """Return the ways of bringing the link to the client, while there is one."""
    _ = context.texts.gettext
    url = await context.engine.invitations.url(subscription)
    if url is None or subscription.status is not SubscriptionStatus.PENDING_ACTIVATION:
        return []
    number = subscription.id
    copy = InlineKeyboardButton(_("📋 Copy the link"), copy_text=CopyTextButton(url))  # button
    rows: list[Row] = [[copy, button(_("🔳 QR picture"), here.stay("qr", number))]]  # button
    facts = await context.engine.invitations.facts(subscription)
    rows += sharing_rows(context.texts, facts)
    if context.engine.mail.is_on and subscription.client.email:
        rows.append([button(_("📧 Send by e-mail"), here.stay("mail", number))])  # button
    rows.append([button(_("🚫 Take the link back"), here.to("revoke", number))])  # button
    return rows


async def qr_picture(context: Context, where: Where) -> Outcome:
    """Send the link as a picture to be scanned, below; the card stays as it is."""
    _ = context.texts.gettext
    subscription = await _subscription(context, where)
    url = await context.engine.invitations.url(subscription)
    if url is None or subscription.status is not SubscriptionStatus.PENDING_ACTIVATION:
        raise Conflict("no_link")
    if context.incoming is not None:
        await chat.answer(context.incoming, context, _("The picture follows below."))
    caption = _("<b>{client}</b> · {plan}\nScan this to open the invitation in Telegram.").format(
        client=escape(subscription.client.name), plan=escape(subscription.plan.name)
    )
    picture = Screen(text=caption, rows=[home_row(context.texts)])
    await chat.send_photo(context, context.person.telegram_id, picture, qr_png(url))
    return Toast()


async def email(context: Context, where: Where) -> Outcome:
    """Mail the link to the client; a notice tells how that went."""
    _ = context.texts.gettext
    owner = await context.owner()
    mail = await context.engine.invitations.email(owner.id, int(where.arguments[0]))
    if mail.state is NotificationState.QUEUED:
        text = _("The e-mail is on its way. I tell you how it went.")
    else:
        text = _("This link was e-mailed before. Send a new link to mail it again.")
    return Toast(text=text)


async def ask_to_revoke(context: Context, where: Where) -> Outcome:
    """Name the invitation and what taking it back means."""
    _ = context.texts.gettext
    subscription = await _subscription(context, where)
    text = _(
        "Take back the invitation of <b>{client}</b> to {plan}? The link opens nothing any more. "
        "You can send a new one at any time."
    ).format(client=escape(subscription.client.name), plan=escape(subscription.plan.name))
    keep = button(_("◀ Keep it"), where.back())  # button
    card = Where(where.trail[0] if where.trail else "home", where.trail[1:])
    revoke = button(
        _("🚫 Take it back"),  # button
        card.stay("revoked", subscription.id),
        DANGER,
    )
    return Screen(text=text, rows=[[keep, revoke]])


async def revoke(context: Context, where: Where) -> Outcome:
    """Take the link back; doing it again changes nothing."""
    owner = await context.owner()
    number = int(where.arguments[0])
    await context.engine.invitations.revoke(owner.id, number)
    return where.at("sub", number)


async def _subscription(context: Context, where: Where) -> Subscription:
    owner = await context.owner()
    return await context.engine.subscriptions.get(owner.id, int(where.arguments[0]))
