"""What a client sees of an invitation: who, what, how much and when, before he answers."""

from html import escape

from telegram import InlineKeyboardButton

from bot.client.status import paid_for
from bot.context import Context
from bot.decoration import dress_chat
from bot.forms.filling import Outcome
from bot.looks.cards import subscription_bills, subscription_rhythm
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Screen, button, home_row
from bot.words.texts import Texts
from core.billing.lifecycle import SubscriptionStatus
from core.billing.phone import mask_phone
from core.models import Subscription


async def invitation(context: Context, token: str) -> Screen:
    """Show who invites, what it costs and when; accepted before: how it stands.

    Raises:
        InvitationUnusable: It is used, expired, cancelled or unknown.
    """
    subscription = await context.engine.acceptance.look(
        token, telegram_id=context.person.telegram_id
    )
    if subscription.status is not SubscriptionStatus.PENDING_ACTIVATION:
        return _running(context, subscription, token)
    _ = context.texts.gettext
    text = _(
        "<b>{business}</b> invites you, {client}.\n\n"
        "Plan: <b>{plan}</b>\n"
        "Price: <b>{amount}</b>, {rhythm}\n"
        "First bill: {bills}\n\n"
        "On the day of each bill your phone {phone} asks for your M-Pesa PIN. Nothing is taken "
        "without it, and I never ask for it here."
    ).format(**_facts(context.texts, subscription))
    accept = button(_("✅ Accept"), Where().stay("accept", token), SUCCESS)  # button
    decline = button(_("✖️ Decline"), Where().stay("decline", token), DANGER)  # button
    not_me = button(_("🙅 Not me"), Where().stay("notme", token))  # button
    return Screen(text=text, rows=[[accept, decline], [not_me]])


def _facts(texts: Texts, subscription: Subscription) -> dict[str, str]:
    return {
        "business": escape(subscription.owner.display_name),
        "client": escape(subscription.client.name),
        "plan": escape(subscription.plan.name),
        "amount": texts.kes(subscription.amount_kes),
        "rhythm": subscription_rhythm(texts, subscription),
        "bills": subscription_bills(texts, subscription),
        "phone": mask_phone(subscription.client.phone_number),
    }


def _running(context: Context, subscription: Subscription, token: str) -> Screen:
    """Show a subscription that runs: accepted here, or activated by hand and without a chat."""
    if subscription.client.telegram_id is not None:
        return _accepted_before(context, subscription)
    _ = context.texts.gettext
    text = _(
        "Your subscription with <b>{business}</b> is running.\n\n{subscription}\n\n"
        "Shall I send you your receipts in this chat?"
    ).format(
        business=escape(subscription.owner.display_name),
        subscription=paid_for(context.texts, subscription),
    )
    receipts = button(_("✅ Yes, send receipts"), Where().stay("accept", token), SUCCESS)
    return Screen(text=text, rows=[[receipts]])


def _accepted_before(context: Context, subscription: Subscription) -> Screen:
    _ = context.texts.gettext
    text = _("You have accepted this invitation already.\n\n{subscription}").format(
        subscription=paid_for(context.texts, subscription)
    )
    return Screen(text=text, rows=[_status_row(context)])


async def reopen(context: Context, where: Where) -> Outcome:
    """Show the invitation again to somebody who thought better of declining."""
    return await invitation(context, where.arguments[0])


async def accept(context: Context, where: Where) -> Outcome:
    """Accept the invitation; doing it again shows the same."""
    _ = context.texts.gettext
    subscription = await context.engine.acceptance.accept(
        where.arguments[0],
        telegram_id=context.person.telegram_id,
        language=context.texts.language,
    )
    await dress_chat(context)
    text = _(
        "✅ Thank you! You pay <b>{business}</b> {amount}, {rhythm}.\n"
        "Next bill: {bills}\n\n"
        "On the day of each bill your phone {phone} asks for your M-Pesa PIN. I send you a "
        "receipt here each time. Please confirm that this is your number."
    ).format(**_facts(context.texts, subscription))
    phone = button(
        _("📱 Confirm my number"),  # button
        Where("status").to("new", "myphone", subscription.client_id),
        SUCCESS,
    )
    return Screen(text=text, rows=[[phone], _status_row(context)])


async def ask_to_decline(context: Context, where: Where) -> Outcome:
    """Make sure that declining is meant."""
    _ = context.texts.gettext
    token = where.arguments[0]
    subscription = await context.engine.acceptance.open_invitation(
        token, telegram_id=context.person.telegram_id
    )
    if subscription.status is not SubscriptionStatus.PENDING_ACTIVATION:
        return _running(context, subscription, token)
    text = _(
        "Decline the invitation of <b>{business}</b>? The link stops working, and the business "
        "is told."
    ).format(business=escape(subscription.owner.display_name))
    back = button(_("◀ Back"), Where().stay("invited", token))  # button
    decline = button(_("✖️ Yes, decline"), Where().stay("declined", token), DANGER)  # button
    return Screen(text=text, rows=[[back, decline]])


async def decline(context: Context, where: Where) -> Outcome:
    """Decline the invitation."""
    _ = context.texts.gettext
    await context.engine.acceptance.decline(
        where.arguments[0], telegram_id=context.person.telegram_id
    )
    text = _("You have declined. Nothing is billed, and the business knows.")
    return Screen(text=text, rows=[home_row(context.texts)])


async def ask_not_me(context: Context, where: Where) -> Outcome:
    """Make sure that the invitation is somebody else's."""
    _ = context.texts.gettext
    token = where.arguments[0]
    subscription = await context.engine.acceptance.open_invitation(
        token, telegram_id=context.person.telegram_id
    )
    text = _(
        "Is this not meant for you? <b>{business}</b> learns that its link reached somebody else, "
        "and the link stops working."
    ).format(business=escape(subscription.owner.display_name))
    back = button(_("◀ Back"), Where().stay("invited", token))  # button
    yes = button(_("🙅 Yes, it's not me"), Where().stay("notmeyes", token), DANGER)  # button
    return Screen(text=text, rows=[[back, yes]])


async def not_me(context: Context, where: Where) -> Outcome:
    """Withdraw the link that reached somebody else."""
    _ = context.texts.gettext
    await context.engine.acceptance.not_me(
        where.arguments[0], telegram_id=context.person.telegram_id
    )
    text = _("Thank you. The business knows, and you get nothing more from it.")
    return Screen(text=text, rows=[home_row(context.texts)])


def _status_row(context: Context) -> list[InlineKeyboardButton]:
    _ = context.texts.gettext
    return [button(_("📄 What I pay for"), Where().to("status"), PRIMARY)]  # button
