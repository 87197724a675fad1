"""The doors into the forms: each checks first whether its form can lead anywhere."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from bot import chat
from bot.client import phone_form
from bot.client.privacy import ERASE
from bot.context import Context
from bot.forms.filling import Outcome, begin, resume
from bot.looks.places import Where
from bot.looks.screen import SUCCESS, Screen, button, way_back
from bot.owner.clients.care_forms import CHANGE_PHONE, CLIENT_ID, PAUSE_UNTIL, SUBSCRIPTION_ID
from bot.owner.clients.client_form import NEW_CLIENT
from bot.owner.clients.letter_forms import ANSWER, LETTER
from bot.owner.clients.more_form import MORE_PLANS
from bot.owner.clients.plan_forms import NEW_PLAN, PLAN_ID, RENAME_PLAN, REPRICE_PLAN
from bot.owner.money.by_hand_forms import PAID_BY_HAND, VOID_IT
from bot.owner.money.push_form import SIMULATE_PUSH
from bot.owner.money.receipt_form import IT_WAS_PAID, TRANSACTION_ID
from bot.owner.office.account_form import LINK_ACCOUNT
from bot.owner.office.leave_form import LEAVE
from bot.owner.office.preference_forms import OTHERS
from bot.owner.office.signup_form import RENAME_BUSINESS, SIGN_UP
from bot.routing.sheets import SHEETS
from core.billing.by_hand import may_be_paid_by_hand
from core.billing.permissions import Permission
from core.errors import Conflict
from core.models import Approval
from core.services.bills.by_hand import ByHand
from core.services.clients.care import can_be_written_to


async def new(context: Context, where: Where) -> Outcome:
    """Begin the form that the place names."""
    kind, *rest = where.arguments
    subject = int(rest[0]) if rest else None
    if kind in OTHERS:
        await context.owner()
        return await begin(context, OTHERS[kind], where)
    return await _ENTRIES[kind](context, where, subject)


async def go_on(context: Context, _where: Where) -> Outcome:
    """Show the unfinished form."""
    return await resume(context, SHEETS)


async def _sign_up(context: Context, where: Where, _subject: int | None) -> Outcome:
    if context.person.approval is not Approval.NONE:
        return Where()  # Home says how his request stands.
    return await begin(context, SIGN_UP, where)


async def _business(context: Context, where: Where, _subject: int | None) -> Outcome:
    await context.owner()
    return await begin(context, RENAME_BUSINESS, where)


async def _plan(context: Context, where: Where, _subject: int | None) -> Outcome:
    await context.owner()
    return await begin(context, NEW_PLAN, where)


async def _rename(context: Context, where: Where, subject: int | None) -> Outcome:
    owner = await context.owner()
    plan = await context.engine.plans.get(owner.id, subject or 0)
    return await begin(context, RENAME_PLAN, where, **{PLAN_ID: plan.id})


async def _reprice(context: Context, where: Where, subject: int | None) -> Outcome:
    owner = await context.owner()
    plan = await context.engine.plans.get(owner.id, subject or 0)
    return await begin(context, REPRICE_PLAN, where, **{PLAN_ID: plan.id})


async def _client(context: Context, where: Where, subject: int | None) -> Outcome:
    owner = await context.owner()
    plans = context.engine.plans
    if not (await plans.page(owner.id, limit=1)).items:
        return _plan_first(context, where)
    if subject is None:
        return await begin(context, NEW_CLIENT, where)
    plan = await plans.get(owner.id, subject)
    return await begin(context, NEW_CLIENT, where, plan_id=plan.id)


async def _client_of_phone(context: Context, where: Where, subject: int | None) -> Outcome:
    """Begin a client with the number that somebody typed."""
    owner = await context.owner()
    if not (await context.engine.plans.page(owner.id, limit=1)).items:
        return _plan_first(context, where)
    return await begin(context, NEW_CLIENT, where, phone_number=str(subject))


async def _another_plan(context: Context, where: Where, subject: int | None) -> Outcome:
    """Begin another subscription of a client whom the owner has already."""
    owner = await context.owner()
    client = await context.engine.clients.get(owner.id, subject or 0)
    if not (await context.engine.plans.page(owner.id, limit=1)).items:
        return _plan_first(context, where)
    return await begin(context, MORE_PLANS, where, **{CLIENT_ID: client.id})


async def _phone(context: Context, where: Where, subject: int | None) -> Outcome:
    owner = await context.owner()
    client = await context.engine.clients.get(owner.id, subject or 0)
    return await begin(context, CHANGE_PHONE, where, **{CLIENT_ID: client.id})


async def _letter(context: Context, where: Where, subject: int | None) -> Outcome:
    """Begin a letter, unless nobody would get it."""
    owner = await context.owner()
    client = await context.engine.clients.get(owner.id, subject or 0)
    if not can_be_written_to(client):
        raise Conflict("no_chat")
    return await begin(context, LETTER, where, **{CLIENT_ID: client.id})


async def _answer(context: Context, where: Where, subject: int | None) -> Outcome:
    """Begin a client's letter to his business."""
    care = context.engine.care
    client = await care.client_in_chat(context.person.telegram_id, subject or 0)
    return await begin(context, ANSWER, where, **{CLIENT_ID: client.id})


async def _pause(context: Context, where: Where, subject: int | None) -> Outcome:
    owner = await context.owner()
    subscription = await context.engine.subscriptions.get(owner.id, subject or 0)
    return await begin(context, PAUSE_UNTIL, where, **{SUBSCRIPTION_ID: subscription.id})


async def _push_to_phone(context: Context, where: Where, subject: int | None) -> Outcome:
    """Begin a push to the number that somebody typed, or a client's."""
    owner = await context.owner(Permission.RECORD)
    await context.engine.accounts.for_owner(owner)
    return await begin(context, SIMULATE_PUSH, where, phone_number=str(subject))


async def _push_of_amount(context: Context, where: Where, subject: int | None) -> Outcome:
    """Begin a push of the amount that somebody typed."""
    owner = await context.owner(Permission.RECORD)
    await context.engine.accounts.for_owner(owner)
    return await begin(context, SIMULATE_PUSH, where, amount_kes=subject)


def _plan_first(context: Context, where: Where) -> Screen:
    _ = context.texts.gettext
    text = _("A client is always put on a plan, and you have none yet. Make one first.")
    create = button(_("🆕 Create a plan"), where.to("new", "plan"), SUCCESS)  # button
    return Screen(text=text, rows=[[create], way_back(context.texts, where)])


async def _push(context: Context, where: Where, _subject: int | None) -> Outcome:
    owner = await context.owner(Permission.RECORD)
    await context.engine.accounts.for_owner(owner)
    return await begin(context, SIMULATE_PUSH, where)


async def _paid(context: Context, where: Where, subject: int | None) -> Outcome:
    owner = await context.owner(Permission.RECORD)
    transaction = await context.engine.transactions.get(owner.id, subject or 0)
    return await begin(context, IT_WAS_PAID, where, **{TRANSACTION_ID: transaction.id})


async def _hand(context: Context, where: Where, subject: int | None) -> Outcome:
    number = await _open_bill(context, subject)
    return await begin(context, PAID_BY_HAND, where, **{TRANSACTION_ID: number})


async def _cash(context: Context, where: Where, subject: int | None) -> Outcome:
    """As by hand; how it was paid is known already."""
    number = await _open_bill(context, subject)
    return await begin(
        context, PAID_BY_HAND, where, source=ByHand.CASH.value, **{TRANSACTION_ID: number}
    )


async def _open_bill(context: Context, subject: int | None) -> int:
    """Return the transaction's number; what is paid or void leads into no form."""
    owner = await context.owner(Permission.RECORD)
    transaction = await context.engine.transactions.get(owner.id, subject or 0)
    if not may_be_paid_by_hand(transaction.status):
        raise Conflict("nothing_to_pay")
    return int(transaction.id)


async def _void(context: Context, where: Where, subject: int | None) -> Outcome:
    await context.owner(Permission.MANAGE)
    number = await _open_bill(context, subject)
    return await begin(context, VOID_IT, where, **{TRANSACTION_ID: number})


async def _own_phone(context: Context, where: Where, subject: int | None) -> Outcome:
    person = context.person.telegram_id
    client = await context.engine.standings.client(person, subject or 0)
    hidden = {phone_form.CLIENT_ID: client.id}
    screen = await begin(context, phone_form.OWN_PHONE, where, **hidden)
    return replace(screen, afterwards=partial(_offer_keyboard, context, screen))


async def _offer_keyboard(context: Context, screen: Screen, message_id: int) -> None:
    """Put the button for sharing a number under the text field: it can't stand in a message."""
    if screen.afterwards is not None:
        await screen.afterwards(message_id)
    await chat.offer_contact_button(context, context.person.telegram_id)


async def _erase(context: Context, where: Where, _subject: int | None) -> Outcome:
    return await begin(context, ERASE, where)


async def _account(context: Context, where: Where, _subject: int | None) -> Outcome:
    await context.owner(Permission.OWN)
    return await begin(context, LINK_ACCOUNT, where)


async def _leave(context: Context, where: Where, _subject: int | None) -> Outcome:
    await context.owner(Permission.OWN)
    return await begin(context, LEAVE, where)


_Entry = Callable[[Context, Where, int | None], Awaitable[Outcome]]
_ENTRIES: dict[str, _Entry] = {
    "signup": _sign_up,
    "business": _business,
    "plan": _plan,
    "rename": _rename,
    "reprice": _reprice,
    "client": _client,
    "clientphone": _client_of_phone,
    "more": _another_plan,
    "phone": _phone,
    "letter": _letter,
    "answer": _answer,
    "pause": _pause,
    "push": _push,
    "pushphone": _push_to_phone,
    "pushamount": _push_of_amount,
    "paid": _paid,
    "hand": _hand,
    "cash": _cash,
    "void": _void,
    "myphone": _own_phone,
    "erase": _erase,
    "account": _account,
    "leave": _leave,
}
