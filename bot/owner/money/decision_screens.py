"""What waits for the owner's word: the list, and the decisions on a transaction's card."""

from html import escape

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import payer, short
from bot.looks.paging import leaf, number_of, pager
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, button, way_back
from bot.owner.money.sending import sending_screen
from core.billing.decisions import Decision
from core.billing.permissions import Permission
from core.models import Transaction
from core.services.bills.transactions import Only


async def needs_you_list(context: Context, where: Where) -> Outcome:
    """Show what only the owner can take on, newest first."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    transactions = context.engine.transactions
    page = await leaf(
        lambda cursor, limit: transactions.page(
            owner.id, only=Only.NEEDS_YOU, cursor=cursor, limit=limit
        ),
        number_of(next(iter(where.arguments), None)),
    )
    text = _("<b>Needs you</b>\nPress one to decide what becomes of it.")
    if not page.items:
        text = _("<b>Needs you</b>\nNothing: FluxPay goes on by itself.")
    rows: list[Row] = [[_item(context, where, row)] for row in page.items]
    rows += pager(context.texts, where, page, "needs")
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


def _item(context: Context, where: Where, row: Transaction) -> InlineKeyboardButton:
    _ = context.texts.gettext
    words = _("👉 {payer} · {amount}").format(
        payer=short(payer(row)), amount=context.texts.kes(row.amount_kes - row.paid_kes)
    )
    return button(words, where.to("txn", row.id))


async def decision_rows(context: Context, here: Where, transaction: Transaction) -> list[Row]:
    """Return a button for each decision that is open to the owner now."""
    _ = context.texts.gettext
    number = transaction.id
    open_to = await context.engine.decisions.open_to(transaction.owner_id, number)
    rows: list[Row] = []
    if Decision.PAID in open_to:
        paid = button(_("✅ It was paid"), here.to("new", "paid", number), SUCCESS)  # button
        rows.append([paid])
    if Decision.NOT_PAID in open_to:
        unpaid = button(_("✖️ It was not paid"), here.to("unpaid", number), DANGER)  # button
        rows.append([unpaid])
    if Decision.PROMPT_AGAIN in open_to:
        again = button(_("📲 Prompt again"), here.stay("again", number), PRIMARY)  # button
        rows.append([again])
    return rows


async def ask_not_paid(context: Context, where: Where) -> Outcome:
    """Say what it means that the money did not come."""
    _ = context.texts.gettext
    transaction = await _transaction(context, where)
    text = _(
        "Is <b>{amount}</b> of {payer} not on your M-Pesa statement? Then the prompt is closed as "
        "not paid, and a bill is asked for again later. Look closely: if it was paid after all, "
        "the client is asked twice."
    ).format(
        amount=context.texts.kes(transaction.amount_kes - transaction.paid_kes),
        payer=escape(payer(transaction)),
    )
    not_yet = button(_("◀ Not yet"), where.back())  # button
    card = Where(where.trail[0] if where.trail else "home", where.trail[1:])
    closed = button(
        _("✖️ Yes, it was not paid"),  # button
        card.stay("unpaidyes", transaction.id),
        DANGER,
    )
    return Screen(text=text, rows=[[not_yet, closed]])


async def not_paid(context: Context, where: Where) -> Outcome:
    """Take the owner's word that the money did not come, and show the card again."""
    owner = await context.owner(Permission.RECORD)
    number = int(where.arguments[0])
    await context.engine.decisions.it_was_not_paid(owner.id, number)
    return where.at("txn", number)


async def prompt_again(context: Context, where: Where) -> Outcome:
    """Store the prompt at once, so that a second tap finds it; Daraja is called afterwards."""
    transaction = await _transaction(context, where)
    outgoing = await context.engine.decisions.prepare_again(transaction.owner_id, transaction.id)
    return sending_screen(context, outgoing, [way_back(context.texts, where)])


async def _transaction(context: Context, where: Where) -> Transaction:
    owner = await context.owner(Permission.RECORD)
    return await context.engine.transactions.get(owner.id, int(where.arguments[0]))
