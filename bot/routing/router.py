"""Which screen a button opens, and what happens to what it returns."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import unescape

from telegram import Update

from bot import chat
from bot.admin import actions, businesses
from bot.admin import forms as admin_forms
from bot.admin import home as admin_home
from bot.admin.home import for_admin
from bot.client import acceptance, pay, privacy, status, wishes
from bot.context import Context
from bot.forms.filling import MenuOutOfDate, Outcome, press
from bot.forms.sheet import FORM_PRESS
from bot.looks.places import Where, read_place
from bot.looks.roles import as_allowed
from bot.looks.screen import Screen, Toast, home_row
from bot.owner.clients import (
    client_lists,
    client_screens,
    invitation_screens,
    plan_change_screens,
    plan_screens,
    subscription_screens,
)
from bot.owner.money import (
    agenda_screens,
    chart_screens,
    decision_screens,
    receipt_screens,
    transaction_screens,
)
from bot.owner.office import (
    account_screens,
    export_screens,
    key_screens,
    preference_screens,
    settings_screens,
    staff_links,
    staff_screens,
)
from bot.routing import entries, home
from bot.routing.sheets import SHEETS
from bot.words.errors import sentence_for
from core.errors import FluxPayError

_TAG = re.compile(r"<[^>]+>")
_ID = r"\d{1,18}"
_FORMS = "signup|business|plan|client|push|erase|account|leave|billat|hfrom|huntil|grace|digest"
# Forms that begin with a row, a number or an amount.
_FORMS_OF_ROWS = (
    "rename|reprice|client|paid|clientphone|more|phone|letter|answer|pause|pushphone|pushamount"
    "|hand|cash|void|myphone"
)
_MINUTE = r"\d{0,4}"
_KIND = "(PAID|RETRIED|CLIENTS|FAILED)"
_TOKEN = r"[A-Za-z0-9_-]{1,64}"  # noqa: S105 - a pattern


@dataclass(frozen=True, slots=True)
class Route:
    """A screen, and what its arguments look like: a button may be older than this program."""

    open: Callable[[Context, Where], Awaitable[Outcome]]
    arguments: str = ""


async def _form(context: Context, where: Where) -> Outcome:
    return await press(
        context, SHEETS, where, context.incoming.update_id if context.incoming else 0
    )


ROUTES: dict[str, Route] = {
    "home": Route(home.home, r"(again)?"),
    "help": Route(home.help_screen),
    "set": Route(settings_screens.settings),
    "speak": Route(home.speak, r"[a-z]{2}"),
    "lang": Route(settings_screens.set_language, r"[a-z]{2}"),
    "locked": Route(home.locked, r"\w{1,20}"),
    "new": Route(entries.new, rf"({_FORMS})|({_FORMS_OF_ROWS}):{_ID}"),
    "resume": Route(entries.go_on),
    FORM_PRESS: Route(_form, r"[0-9a-f]{6}:.{1,50}"),
    "plans": Route(plan_screens.plan_list, r"\d{0,6}"),
    "plan": Route(plan_screens.plan_screen, _ID),
    "archive": Route(plan_screens.ask_to_archive, _ID),
    "archived": Route(plan_screens.archive, _ID),
    "clients": Route(client_lists.client_list, r"[a-z]{0,10}(:\d{1,6})?"),
    "subs": Route(client_lists.client_list, r"[A-Z_]{0,20}(:\d{1,6})?"),
    "search": Route(client_lists.search),
    "client": Route(client_screens.client_screen, _ID),
    "remind": Route(client_screens.ask_to_remind, _ID),
    "reminded": Route(client_screens.remind, _ID),
    "ask": Route(client_screens.ask_for_payment, _ID),
    "sub": Route(subscription_screens.subscription_screen, _ID),
    "activate": Route(subscription_screens.ask_to_activate, _ID),
    "activated": Route(subscription_screens.activate, _ID),
    "pause": Route(subscription_screens.pause, _ID),
    "resumesub": Route(subscription_screens.resume, _ID),
    "missed": Route(subscription_screens.bill_missed, rf"{_ID}:(all|latest|none)"),
    "cancel": Route(subscription_screens.ask_to_cancel, _ID),
    "cancelled": Route(subscription_screens.cancel, _ID),
    "endlater": Route(subscription_screens.end_later, _ID),
    "goon": Route(subscription_screens.let_go_on, _ID),
    "newplan": Route(plan_change_screens.choose_plan, _ID),
    "toplan": Route(plan_change_screens.ask_to_change, rf"{_ID}:{_ID}"),
    "planchanged": Route(plan_change_screens.change, rf"{_ID}:{_ID}"),
    "keepplan": Route(plan_change_screens.keep, _ID),
    "invite": Route(subscription_screens.invite_again, _ID),
    "qr": Route(invitation_screens.qr_picture, _ID),
    "mail": Route(invitation_screens.email, _ID),
    "revoke": Route(invitation_screens.ask_to_revoke, _ID),
    "revoked": Route(invitation_screens.revoke, _ID),
    "txns": Route(transaction_screens.transaction_list, rf"{_ID}(:[a-z]{{1,12}})?(:\d{{1,6}})?"),
    "txn": Route(transaction_screens.transaction_screen, _ID),
    "receipt": Route(receipt_screens.receipt, _ID),
    "resend": Route(receipt_screens.send_again, _ID),
    "today": Route(agenda_screens.due_today, r"\d{0,6}"),
    "week": Route(agenda_screens.next_week, r"\d{0,6}"),
    "money": Route(agenda_screens.received, r"\d{0,6}"),
    "chart": Route(chart_screens.chart, "day|month|due|states"),
    "needs": Route(decision_screens.needs_you_list, r"\d{0,6}"),
    "unpaid": Route(decision_screens.ask_not_paid, _ID),
    "unpaidyes": Route(decision_screens.not_paid, _ID),
    "again": Route(decision_screens.prompt_again, _ID),
    "status": Route(status.status),
    "hush": Route(status.ask_to_block),
    "hushed": Route(status.block_own),
    "ring": Route(status.unblock_own),
    "my": Route(status.one_business, _ID),
    "mybills": Route(status.own_bills, rf"{_ID}(:\d{{1,6}})?"),
    "mybill": Route(status.own_bill, _ID),
    "myreceipt": Route(status.send_receipt, _ID),
    "pay": Route(pay.ask_to_pay, _ID),
    "payyes": Route(pay.pay, _ID),
    "myremind": Route(wishes.set_reminders, rf"{_ID}:(on|off)"),
    "myends": Route(wishes.ask_how_to_end, _ID),
    "mypause": Route(wishes.pause, _ID),
    "mygoon": Route(wishes.go_on, _ID),
    "myleave": Route(wishes.leave, _ID),
    "privacy": Route(privacy.privacy),
    "invited": Route(acceptance.reopen, _TOKEN),
    "accept": Route(acceptance.accept, _TOKEN),
    "decline": Route(acceptance.ask_to_decline, _TOKEN),
    "declined": Route(acceptance.decline, _TOKEN),
    "notme": Route(acceptance.ask_not_me, _TOKEN),
    "notmeyes": Route(acceptance.not_me, _TOKEN),
    "billat": Route(preference_screens.billing_time, _MINUTE),
    "hours": Route(preference_screens.hours),
    "hfrom": Route(preference_screens.hours_from, _MINUTE),
    "huntil": Route(preference_screens.hours_until, _MINUTE),
    "retries": Route(preference_screens.retries, r"\d{0,2}"),
    "grace": Route(preference_screens.grace, r"\d{0,2}"),
    "digest": Route(preference_screens.digest, rf"off|{_MINUTE}"),
    "notes": Route(preference_screens.notices, rf"({_KIND}:(ON|SILENT|OFF))?"),
    "keys": Route(key_screens.key_list),
    "keymade": Route(key_screens.make_key, r"\d{1,6}"),
    "key": Route(key_screens.key_card, _ID),
    "keygone": Route(key_screens.revoke_key, _ID),
    "account": Route(account_screens.account),
    "accountgo": Route(account_screens.resume, r"\d{5,7}"),
    "unlink": Route(account_screens.ask_to_unlink),
    "unlinked": Route(account_screens.unlink),
    "export": Route(export_screens.export),
    "exported": Route(export_screens.make_export, r"xlsx|zip"),
    "staff": Route(staff_screens.staff_list, r"\d{0,6}"),
    "staffer": Route(staff_screens.staff_card, _ID),
    "staffrole": Route(staff_screens.set_role, rf"{_ID}:(CASHIER|MANAGER)"),
    "staffnew": Route(staff_screens.choose_role),
    "stafflink": Route(staff_screens.make_link, r"(CASHIER|MANAGER):\d{1,6}"),
    "staffend": Route(staff_screens.ask_to_end, _ID),
    "staffgone": Route(staff_screens.end, _ID),
    "staffyes": Route(staff_links.accept, _TOKEN),
    "works": Route(staff_screens.businesses),
    "actfor": Route(staff_screens.act_for, _ID),
    "quit": Route(staff_screens.ask_to_quit, _ID),
    "quityes": Route(staff_screens.quit_business, _ID),
    "admin": Route(for_admin(admin_home.admin_home)),
    "ahealth": Route(for_admin(admin_home.health)),
    "atotals": Route(for_admin(admin_home.totals)),
    "aowners": Route(
        for_admin(businesses.owner_list), r"(ALL|PENDING|APPROVED|SUSPENDED)(:\d{1,6})?"
    ),
    "aowner": Route(for_admin(businesses.owner_card), _ID),
    "areinstate": Route(for_admin(businesses.reinstate), _ID),
    "anew": Route(for_admin(admin_forms.new), rf"(stop|look|find|say)|suspend:{_ID}"),
    "aresume": Route(for_admin(admin_home.resume_prompts)),
    "abill": Route(for_admin(admin_home.ask_to_bill)),
    "abillyes": Route(for_admin(admin_home.bill_now)),
    "aevents": Route(for_admin(admin_home.odd_events)),
    "areplay": Route(for_admin(admin_home.replay), _ID),
    "alog": Route(for_admin(admin_home.log), r"\d{0,6}"),
    "adm": Route(actions.administer, rf"(ok|lend):{_ID}|resume:\d{{1,10}}"),
}


async def on_press(update: Update, context: Context) -> None:
    """Handle every pressed button."""
    query = update.callback_query
    # Another version's button leads to a place that is in no list.
    where = (read_place(str(query.data)) if query else None) or Where("")
    try:
        outcome = await follow(context, where)
    except MenuOutOfDate:
        await _say_out_of_date(update, context)
    except FluxPayError as error:
        plain = unescape(_TAG.sub("", sentence_for(context.texts, error)))
        await chat.answer(update, context, plain, is_alert=True)
    else:
        await _present(update, context, outcome, is_new=where.from_notice)


async def follow(context: Context, where: Where) -> Screen | Toast:
    """Open a place, and the place that it leads on to.

    Raises:
        MenuOutOfDate: There is no such place.
    """
    outcome: Outcome = where
    while isinstance(outcome, Where):
        outcome = await _route(outcome).open(context, outcome)
    return as_allowed(context.acts, outcome) if isinstance(outcome, Screen) else outcome


def _route(where: Where) -> Route:
    route = ROUTES.get(where.name)
    if route is None or not re.fullmatch(route.arguments, ":".join(where.arguments)):
        raise MenuOutOfDate
    return route


async def show_place(update: Update, context: Context, *parts: str | int) -> None:
    """Show a place below, as a new message."""
    await show_outcome(update, context, Where().at(*parts))


async def show_outcome(update: Update, context: Context, outcome: Outcome) -> None:
    """Show a screen, or the one that a place leads to, below as a new message."""
    try:
        if isinstance(outcome, Where):
            outcome = await follow(context, outcome)
    except FluxPayError as error:
        outcome = refusal(context, error)
    await _present(update, context, outcome, is_new=True)


def refusal(context: Context, error: FluxPayError) -> Screen:
    """Return the screen that says why something can't be done."""
    return Screen(text=sentence_for(context.texts, error), rows=[home_row(context.texts)])


async def _present(
    update: Update, context: Context, outcome: Screen | Toast, *, is_new: bool
) -> None:
    if isinstance(outcome, Screen):
        await chat.show(update, context, outcome, is_new=is_new or outcome.is_below)
    elif update.callback_query is not None:
        await chat.answer(update, context, outcome.text, is_alert=outcome.is_alert)
    else:
        screen = Screen(text=outcome.text or "", rows=[home_row(context.texts)])
        await chat.show(update, context, screen)


async def _say_out_of_date(update: Update, context: Context) -> None:
    _ = context.texts.gettext
    await chat.answer(update, context, _("This menu is out of date. Here is a fresh one."))
    await show_place(update, context, "home")
