"""The lists behind the numbers of home: due today, the next seven days, money of this month."""

from html import escape

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import payer, short, sign
from bot.looks.paging import PAGE_SIZE, Leaf, leaf, number_of, pager, slice_of
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, Row, Screen, button, way_back
from bot.words.texts import Texts
from core.billing.permissions import Permission
from core.billing.phone import local_phone
from core.models import Payment, PaymentSource, Subscription, Transaction
from core.services.office.agenda import Upcoming


async def due_today(context: Context, where: Where) -> Outcome:
    """Show what falls due today and is not paid."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    total = (await context.engine.dashboard.overview(owner.id)).due_today
    number = slice_of(total, _page(where))
    items = await context.engine.agenda.due_today(
        owner.id, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE
    )
    page = Leaf(items, number, slice_of(total, total))
    rows: list[Row] = [[_due_item(context, where, item)] for item in items]
    rows += pager(context.texts, where, page, "today")
    title = _("<b>Due today</b>")
    text = title if items else f"{title}\n" + _("Nothing is open for today.")
    return Screen(text=text, rows=[*rows, way_back(context.texts, where)])


def _due_item(
    context: Context, where: Where, item: Subscription | Transaction
) -> InlineKeyboardButton:
    _ = context.texts.gettext
    if isinstance(item, Transaction):
        amount_kes = item.amount_kes - item.paid_kes
        name, place = payer(item), where.to("txn", item.id)
        mark = sign(context.texts.status(item.status))
    else:
        amount_kes, name, place = item.amount_kes, item.client.name, where.to("sub", item.id)
        mark = "📅"
    words = _("{sign} {payer} · {amount}").format(
        sign=mark, payer=short(name), amount=context.texts.kes(amount_kes)
    )
    return button(words, place)


async def next_week(context: Context, where: Where) -> Outcome:
    """Show which bills fall due in the seven days after today."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    bills = await context.engine.agenda.next_week(owner.id)
    number = slice_of(len(bills), _page(where))
    items = bills[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    page = Leaf(items, number, slice_of(len(bills), len(bills)))
    rows: list[Row] = [[_week_item(context.texts, where, bill)] for bill in items]
    rows += pager(context.texts, where, page, "week")
    total_kes = sum(bill.subscription.amount_kes for bill in bills)
    lines = [
        _("<b>Next 7 days</b>"),
        _("{amount} fall due if everybody pays on time.").format(
            amount=context.texts.kes(total_kes)
        )
        if bills
        else _("Nothing falls due in the next 7 days."),
    ]
    return Screen(text="\n".join(lines), rows=[*rows, way_back(context.texts, where)])


def _week_item(texts: Texts, where: Where, bill: Upcoming) -> InlineKeyboardButton:
    _ = texts.gettext
    words = _("{day} · {client} · {amount}").format(
        day=texts.day(bill.due_on),
        client=short(bill.subscription.client.name),
        amount=texts.kes(bill.subscription.amount_kes),
    )
    return button(words, where.to("sub", bill.subscription.id))


async def received(context: Context, where: Where) -> Outcome:
    """Show the money that came this month, whichever way, with what it paid."""
    _ = context.texts.gettext
    owner = await context.owner(Permission.SEE)
    agenda = context.engine.agenda
    page = await leaf(
        lambda cursor, limit: agenda.received_this_month(owner.id, cursor=cursor, limit=limit),
        _page(where),
    )
    paid = await agenda.paid_by(owner.id, [payment.id for payment in page.items])
    lines = [_payment_line(context.texts, payment) for payment in page.items]
    rows: list[Row] = [
        [_payment_item(context.texts, where, payment, paid[payment.id])]
        for payment in page.items
        if payment.id in paid
    ]
    rows += pager(context.texts, where, page, "money")
    chart = button(_("📊 Charts"), where.to("chart", "month"), PRIMARY)  # button
    empty = _("No money has come this month yet.")
    return Screen(
        text="\n".join([_("<b>Received this month</b>"), *(lines or [empty])]),
        rows=[*rows, [chart], way_back(context.texts, where)],
    )


def _payment_line(texts: Texts, payment: Payment) -> str:
    """Return a payment as one line; what no bill has taken is named as credit."""
    _ = texts.gettext
    names = {
        "moment": texts.moment(payment.paid_at),
        "payer": escape(_payer(payment)),
        "amount": texts.kes(payment.amount_kes),
        "door": _door(texts, payment),
    }
    if payment.credit_kes:
        credit = texts.kes(payment.credit_kes)
        return _("{moment} · {payer} · {amount} · {door}, {credit} of it credit").format(
            **names, credit=credit
        )
    return _("{moment} · {payer} · {amount} · {door}").format(**names)


def _door(texts: Texts, payment: Payment) -> str:
    _ = texts.gettext
    match payment.source:
        case PaymentSource.CASH:
            return _("in cash")
        case PaymentSource.BANK:
            return _("at the bank")
        case PaymentSource.STK | PaymentSource.C2B | PaymentSource.SMS:
            return _("by M-Pesa")


def _payment_item(
    texts: Texts, where: Where, payment: Payment, transaction_id: int
) -> InlineKeyboardButton:
    _ = texts.gettext
    words = _("{sign} {payer} · {amount}").format(
        sign="💰", payer=short(_payer(payment)), amount=texts.kes(payment.amount_kes)
    )
    return button(words, where.to("txn", transaction_id))


def _payer(payment: Payment) -> str:
    if payment.client is not None:
        return payment.client.name
    return local_phone(payment.phone_number) if payment.phone_number else "–"  # noqa: RUF001 - a dash on purpose


def _page(where: Where) -> int:
    return number_of(next(iter(where.arguments), None))
