"""What a client sees of himself: how he stands with each business, and what he has paid."""

from collections.abc import Sequence
from html import escape

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.cards import short, sign, subscription_bills, subscription_rhythm
from bot.looks.paging import leaf, number_of, pager
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, SUCCESS, Row, Screen, button, in_rows, way_back
from bot.notices.client import receipt
from bot.words.texts import Texts
from core.billing.lifecycle import BILLABLE, SubscriptionStatus, TransactionStatus
from core.billing.phone import mask_phone
from core.models import Subscription, Transaction
from core.services.clients.standings import Standing
from core.services.prompts.blocked_numbers import HeldNumber

_MOST_BUSINESSES = 8  # More than that is no screen of a phone; each has a button of its own.


async def status(context: Context, where: Where) -> Outcome:
    """Show what this person pays for, apart for each business."""
    standings = await context.engine.standings.standings(context.person.telegram_id)
    return await status_of(context, where, standings)


async def status_of(
    context: Context, where: Where, standings: Sequence[Standing], *more: Row
) -> Screen:
    """Show what was looked up already; `more` rows stand above the way back."""
    _ = context.texts.gettext
    found = [one for one in standings if one.subscriptions or one.open_bills]
    held = await context.engine.blocked_numbers.held_by(context.person.telegram_id)
    rows = [
        *_business_rows(context.texts, where, found),
        *_prompt_rows(context, where, held),
        *_own_rows(context.texts, where),
        *more,
        way_back(context.texts, where),
    ]
    if not found:
        text = _(
            "You pay for nothing here yet. A business that uses FluxPay sends you a link: open "
            "it, and it appears here."
        )
        return Screen(text=text, rows=rows)
    blocks = [_("<b>What you pay for</b>")]
    blocks += [_block(context.texts, one) for one in found[:_MOST_BUSINESSES]]
    if any(number.is_blocked for number in held):
        blocks.append(_("🔕 Your phone gets no M-Pesa prompts from FluxPay."))
    return Screen(text="\n\n".join(blocks), rows=rows)


def _business_rows(texts: Texts, where: Where, found: Sequence[Standing]) -> list[Row]:
    """Return the only business's own buttons, or a button for each of several."""
    if len(found) == 1:
        return _rows_of(texts, where, found[0])
    return [
        [button(f"🏪 {short(one.client.owner.display_name)}", where.to("my", one.client.id))]
        for one in found[:_MOST_BUSINESSES]
    ]


def _own_rows(texts: Texts, where: Where) -> list[Row]:
    _ = texts.gettext
    return [
        [
            button(_("🌍 Lugha / Language"), where.to("set")),  # button
            button(_("🔒 Privacy"), where.to("privacy")),  # button
        ],
        [button(_("🔄 Refresh"), where.stay("status"))],  # button
    ]


def _prompt_rows(context: Context, where: Where, held: Sequence[HeldNumber]) -> list[Row]:
    """Return what the holder of these numbers may wish about prompts to them."""
    _ = context.texts.gettext
    if any(number.can_unblock for number in held):
        allow = button(_("🔔 Allow M-Pesa prompts"), where.stay("ring"), SUCCESS)  # button
        return [[allow]]
    if any(not number.is_blocked for number in held):
        return [[button(_("🔕 Stop M-Pesa prompts"), where.to("hush"))]]  # button
    return []


async def ask_to_block(context: Context, where: Where) -> Outcome:
    """Say what it means to get no more prompts."""
    _ = context.texts.gettext
    text = _(
        "Stop M-Pesa prompts to your phone? No business can send you one through FluxPay any "
        "more. What you owe stays owed: the business will ask you to pay another way. You can "
        "allow prompts again here at any time."
    )
    keep = button(_("◀ Keep them"), where.back())  # button
    status_place = Where(where.trail[0] if where.trail else "status", where.trail[1:])
    stop = button(_("🔕 Yes, stop them"), status_place.stay("hushed"), DANGER)  # button
    return Screen(text=text, rows=[[keep, stop]])


async def block_own(context: Context, where: Where) -> Outcome:
    """Stop prompts to this person's phone, and show how he stands."""
    await context.engine.blocked_numbers.block_own(context.person.telegram_id)
    return where.at("status")


async def unblock_own(context: Context, where: Where) -> Outcome:
    """Let prompts come again, and show how he stands."""
    await context.engine.blocked_numbers.unblock_own(context.person.telegram_id)
    return where.at("status")


# --- one business -------------------------------------------------------------------------------


async def one_business(context: Context, where: Where) -> Outcome:
    """Show how he stands with one business, and what he can do there."""
    standing = await context.engine.standings.standing(
        context.person.telegram_id, int(where.arguments[0])
    )
    rows = _rows_of(context.texts, where, standing)
    return Screen(
        text=_block(context.texts, standing), rows=[*rows, way_back(context.texts, where)]
    )


def _block(texts: Texts, standing: Standing) -> str:
    _ = texts.gettext
    client = standing.client
    lines = [_("🏪 <b>{business}</b>").format(business=escape(client.owner.display_name))]
    lines += [paid_for(texts, row) for row in standing.subscriptions]
    if standing.owed_kes:
        lines.append(_("To pay: <b>{amount}</b>").format(amount=texts.kes(standing.owed_kes)))
    else:
        lines.append(_("Nothing is open."))
    if standing.credit_kes:
        credit = texts.kes(standing.credit_kes)
        lines.append(_("Your credit: {amount}").format(amount=credit))
    phone = mask_phone(client.phone_number)
    if client.phone_confirmed_at is None:
        lines.append(_("Your number: {phone}. Please confirm it.").format(phone=phone))
    else:
        lines.append(_("Your number: {phone}").format(phone=phone))
    return "\n".join(lines)


def paid_for(texts: Texts, subscription: Subscription) -> str:
    """Return what he gets for how much, how it stands, and when he pays next. HTML."""
    _ = texts.gettext
    lines = [
        _("{plan}: {amount}, {rhythm}").format(
            plan=escape(subscription.plan.name),
            amount=texts.kes(subscription.amount_kes),
            rhythm=subscription_rhythm(texts, subscription),
        ),
        _("Status: {status}").format(status=texts.status(subscription.status)),
    ]
    if subscription.cancel_at is not None:
        date = texts.date(subscription.next_billing_date)
        lines.append(_("It ends on {date}: no new bill is made.").format(date=date))
    elif subscription.status in BILLABLE:
        bills = subscription_bills(texts, subscription)
        lines.append(_("Next bill: {date}").format(date=bills))
    return "\n".join(lines)


def _rows_of(texts: Texts, where: Where, standing: Standing) -> list[Row]:
    _ = texts.gettext
    client = standing.client
    rows: list[Row] = []
    if standing.payable is not None:
        amount = texts.kes(standing.payable.amount_kes - standing.payable.paid_kes)
        pay = _("💳 Pay {amount}").format(amount=amount)  # button
        rows.append([button(pay, where.to("pay", standing.payable.id), SUCCESS)])
    number = _("📱 Confirm my number") if client.phone_confirmed_at is None else _("📱 My number")
    rows += in_rows(
        [
            button(_("🧾 History, receipts"), where.to("mybills", client.id), PRIMARY),  # button
            button(_("✉️ Write to them"), where.to("new", "answer", client.id)),  # button
            button(number, where.to("new", "myphone", client.id)),
            _reminders(texts, where, standing),
        ],
        2,
    )
    ends = [_end_button(texts, where, row) for row in standing.subscriptions if _has_begun(row)]
    return [*rows, *([end] for end in ends)]


def _reminders(texts: Texts, where: Where, standing: Standing) -> InlineKeyboardButton:
    _ = texts.gettext
    client = standing.client
    if client.reminders_off_at is None:
        return button(_("🔔 Reminders: on"), where.to("myremind", client.id, "off"))  # button
    return button(_("🔕 Reminders: off"), where.to("myremind", client.id, "on"))  # button


def _has_begun(subscription: Subscription) -> bool:
    return subscription.status is not SubscriptionStatus.PENDING_ACTIVATION


def _end_button(texts: Texts, where: Where, row: Subscription) -> InlineKeyboardButton:
    _ = texts.gettext
    if row.status is SubscriptionStatus.PAUSED and row.paused_by_client_at is not None:
        words = _("▶️ Go on: {plan}").format(plan=short(row.plan.name, 12))  # button
        return button(words, where.to("mygoon", row.id), SUCCESS)
    words = _("⏸ Pause, leave: {plan}").format(plan=short(row.plan.name, 7))  # button
    return button(words, where.to("myends", row.id))


# --- what he was asked for ----------------------------------------------------------------------


async def own_bills(context: Context, where: Where) -> Outcome:
    """List what one business asked him for, newest first; each opens its receipt."""
    _ = context.texts.gettext
    client_id, number = int(where.arguments[0]), number_of([*where.arguments, ""][1])
    standings = context.engine.standings
    person = context.person.telegram_id
    client = await standings.client(person, client_id)
    page = await leaf(
        lambda cursor, limit: standings.bills(person, client_id, cursor=cursor, limit=limit),
        number,
    )
    title = _("<b>History</b> · {business}").format(business=escape(client.owner.display_name))
    empty = _("Nothing yet. Your first bill appears here on its day.")
    lines = [_line(context.texts, bill) for bill in page.items]
    rows: list[Row] = [[_open(context.texts, where, bill)] for bill in page.items]
    rows += pager(context.texts, where, page, "mybills", client_id)
    return Screen(
        text="\n".join([title, *(lines or [empty])]),
        rows=[*rows, way_back(context.texts, where)],
    )


def _line(texts: Texts, bill: Transaction) -> str:
    _ = texts.gettext
    return _("{status} · {amount} · {date}").format(
        status=texts.status(bill.status),
        amount=texts.kes(bill.amount_kes),
        date=texts.date(bill.period_start or bill.created_at.astimezone(texts.zone).date()),
    )


def _open(texts: Texts, where: Where, bill: Transaction) -> InlineKeyboardButton:
    _ = texts.gettext
    words = _("{sign} {amount} · {day}").format(
        sign=sign(texts.status(bill.status)),
        amount=texts.kes(bill.amount_kes),
        day=texts.day(bill.period_start or bill.created_at.astimezone(texts.zone).date()),
    )
    return button(words, where.to("mybill", bill.id))


async def own_bill(context: Context, where: Where) -> Outcome:
    """Show one bill: its receipt if it is paid, else what is open and how to pay it."""
    _ = context.texts.gettext
    number = int(where.arguments[0])
    bill = await context.engine.standings.bill(context.person.telegram_id, number)
    back = way_back(context.texts, where)
    if bill.status is TransactionStatus.SUCCESS:
        params = await context.engine.standings.receipt(context.person.telegram_id, number)
        shown = receipt(context.texts, params)
        copy = shown.keyboard.inline_keyboard if shown.keyboard else ()
        again = button(_("📨 Send me the receipt"), where.stay("myreceipt", number))  # button
        return Screen(text=shown.text, rows=[*copy, [again], back])
    text = "\n".join(
        [
            _("<b>{amount}</b> to {business}").format(
                amount=context.texts.kes(bill.amount_kes),
                business=escape(bill.owner.display_name),
            ),
            _line(context.texts, bill),
        ]
    )
    return Screen(text=text, rows=[*_pay_row(context.texts, where, bill), back])


def _pay_row(texts: Texts, where: Where, bill: Transaction) -> list[Row]:
    _ = texts.gettext
    if bill.status is TransactionStatus.VOID or bill.subscription is None:
        return []
    return [[button(_("💳 Pay now"), where.to("pay", bill.id), SUCCESS)]]  # button


async def send_receipt(context: Context, where: Where) -> Outcome:
    """Send the receipt as a message of its own, to keep or to pass on."""
    params = await context.engine.standings.receipt(
        context.person.telegram_id, int(where.arguments[0])
    )
    shown = receipt(context.texts, params)
    rows = shown.keyboard.inline_keyboard if shown.keyboard else ()
    return Screen(text=shown.text, rows=rows, is_below=True)
