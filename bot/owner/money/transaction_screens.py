"""The owner's transactions: the list with its filters, and one in words."""

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import payer, short, sign, transaction_card, transaction_line
from bot.looks.paging import leaf, number_of, pager
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, button, in_rows, way_back
from bot.owner.money.decision_screens import decision_rows
from bot.owner.money.receipt_screens import by_whatsapp
from bot.words.story import story
from bot.words.texts import Texts
from core.billing.by_hand import may_be_paid_by_hand
from core.billing.lifecycle import TransactionStatus
from core.billing.permissions import Permission
from core.models import Transaction
from core.services.bills.histories import History
from core.services.bills.transactions import Only

_CHIPS = (Only.ALL, Only.WAITING, Only.PAID, Only.FAILED, Only.NEEDS_YOU, Only.VOID)


async def transaction_list(context: Context, where: Where) -> Outcome:
    """Show the chosen transactions, of one subscription (its id) or of all (0), newest first."""
    owner = await context.owner(Permission.SEE)
    subscription_id, only, number = _read(where)
    transactions = context.engine.transactions
    counts = await transactions.counts(owner.id, subscription_id=subscription_id)
    page = await leaf(
        lambda cursor, limit: transactions.page(
            owner.id, subscription_id=subscription_id, only=only, cursor=cursor, limit=limit
        ),
        number,
        count=counts[only],
    )
    lines = [transaction_line(context.texts, row) for row in page.items]
    rows: list[Row] = [[_item(context, where, row)] for row in page.items]
    rows += pager(context.texts, where, page, "txns", subscription_id or 0, only)
    rows += _chips(context.texts, where, counts, chosen=only)
    return Screen(
        text="\n".join([_title(context.texts, only), *(lines or [_empty(context.texts, only)])]),
        rows=[*rows, way_back(context.texts, where)],
    )


def _read(where: Where) -> tuple[int | None, Only, int]:
    """Return the subscription, the choice and the page, which older buttons give as two parts."""
    subscription, *rest = where.arguments or ["0"]
    only = next((Only(part) for part in rest if part in set(Only)), Only.ALL)
    return int(subscription) or None, only, number_of(rest[-1] if rest else None)


def _title(texts: Texts, only: Only) -> str:
    _ = texts.gettext
    title = _("<b>Transactions</b>")
    return title if only is Only.ALL else f"{title} · {_name(texts, only)}"


def _name(texts: Texts, only: Only) -> str:
    _ = texts.gettext
    return {
        Only.ALL: _("All"),
        Only.WAITING: texts.status(TransactionStatus.PENDING),
        Only.PAID: texts.status(TransactionStatus.SUCCESS),
        Only.FAILED: texts.status(TransactionStatus.FAILED),
        Only.VOID: texts.status(TransactionStatus.VOID),
        Only.NEEDS_YOU: _("👉 Needs you"),
        Only.OVERDUE: _("⚠️ Overdue"),
    }[only]


def _empty(texts: Texts, only: Only) -> str:
    _ = texts.gettext
    if only is Only.ALL:
        return _("None yet. The first one appears on the first billing day.")
    return _("There is none of this kind.")


def _chips(texts: Texts, where: Where, counts: dict[Only, int], *, chosen: Only) -> list[Row]:
    """Return the filters: those that something is in, and the chosen one."""
    _ = texts.gettext
    subscription = where.arguments[0] if where.arguments else "0"
    present = [only for only in _CHIPS if counts[only] or only is chosen]
    if counts[Only.ALL] == 0 or len(present) < 2:  # noqa: PLR2004 - nothing to choose from
        return []
    chips = [
        button(
            _("{status}: {n}").format(status=_name(texts, only), n=counts[only]),
            where.stay("txns", subscription, only),
            PRIMARY if only is chosen else None,
        )
        for only in present
    ]
    return in_rows(chips, 3)


def _item(context: Context, where: Where, row: Transaction) -> InlineKeyboardButton:
    _ = context.texts.gettext
    words = _("{sign} {payer} · {amount}").format(
        sign=sign(context.texts.status(row.status)),
        payer=short(payer(row)),
        amount=context.texts.kes(row.amount_kes),
    )
    return button(words, where.to("txn", row.id))


async def transaction_screen(context: Context, where: Where) -> Outcome:
    """Show one transaction with the story of its prompts, and what can be done about it."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    transaction = await context.engine.transactions.get(owner.id, int(where.arguments[0]))
    history = await context.engine.histories.of(owner.id, transaction.id)
    rows = await decision_rows(context, where, transaction)
    rows += await _by_hand_rows(context, where, transaction, history)
    if transaction.subscription_id is not None:
        card = where.to("sub", transaction.subscription_id)
        rows.append([button(_("👤 Open the subscription"), card, PRIMARY)])  # button
    refresh = button(_("🔄 Refresh"), where.stay("txn", transaction.id))  # button
    return Screen(
        text=transaction_card(context.texts, transaction, story=story(context.texts, history)),
        rows=[*rows, [refresh], way_back(context.texts, where)],
    )


async def _by_hand_rows(
    context: Context, here: Where, transaction: Transaction, history: History
) -> list[Row]:
    """Return what the owner may do without M-Pesa: book money, show a receipt, drop it."""
    _ = context.texts.gettext
    number = transaction.id
    rows: list[Row] = []
    if may_be_paid_by_hand(transaction.status):
        book = button(_("💵 Mark as paid"), here.to("new", "hand", number), SUCCESS)  # button
        rows.append([book])
    if history.has_receipt:
        show = button(_("🧾 Receipt"), here.to("receipt", number))  # button
        rows.append([show, *await by_whatsapp(context, transaction.owner_id, number)])
    if await context.engine.bills.may_be_voided(transaction.owner_id, number):
        rows.append([button(_("🚫 Void it"), here.to("new", "void", number), DANGER)])  # button
    return rows
