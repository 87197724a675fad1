"""Rows of the database in words, as cards and as lines of lists. All of it is HTML."""

from html import escape

from bot.words.rhythms import next_bills, plan_rhythm, rhythm
from bot.words.texts import Texts
from core.billing.changes import FreshStart, start_of_new_plan
from core.billing.lifecycle import BILLABLE, SubscriptionStatus, TransactionStatus
from core.billing.periods import Schedule, running
from core.billing.phone import local_phone
from core.models import ServicePlan, Subscription, Transaction

# Telegram cuts a button's words at the screen's edge; what is cut should not be the status.
_MAX_IN_BUTTON = 22


def short(name: str, limit: int = _MAX_IN_BUTTON) -> str:
    """Return a name that fits beside other words on a button. Plain text."""
    return name if len(name) <= limit else f"{name[: limit - 1]}…"


def sign(status: str) -> str:
    """Return the sign of a status without its word."""
    return status.split(" ", 1)[0]


def subscription_rhythm(
    texts: Texts, subscription: Subscription, plan: ServicePlan | None = None
) -> str:
    """Say how often and when it is billed, on its own plan or on one that follows. Plain text."""
    schedule, start = _ahead(subscription, plan or subscription.plan)
    return rhythm(texts, schedule, anchor=start.anchor_date)


def subscription_bills(
    texts: Texts, subscription: Subscription, plan: ServicePlan | None = None
) -> str:
    """Return the date of the next bill, and of the one after it if they don't fall alike.

    `plan` is the one that is to follow, if it is not agreed yet. Plain text.
    """
    schedule, start = _ahead(subscription, plan or subscription.next_plan or subscription.plan)
    return next_bills(texts, schedule, start)


def _ahead(subscription: Subscription, plan: ServicePlan) -> tuple[Schedule, FreshStart]:
    """Return how it goes on from its next bill if it is on this plan then."""
    start = start_of_new_plan(
        subscription.plan.schedule,
        plan.schedule,
        anchor=subscription.anchor_date,
        cycle=subscription.cycle_number,
        next_on=subscription.next_billing_date,
    )
    return running(plan.schedule), start


def plan_card(texts: Texts, plan: ServicePlan, *, running: int) -> str:
    """Return a plan with how many pay for it."""
    _ = texts.gettext
    lines = [
        _("<b>Plan: {name}</b>").format(name=escape(plan.name)),
        _("Price: {amount}").format(amount=texts.kes(plan.amount_kes)),
        _("Billed: {rhythm}").format(rhythm=plan_rhythm(texts, plan.schedule)),
        texts.ngettext("{n} running subscription", "{n} running subscriptions", running).format(
            n=running
        ),
    ]
    if plan.archived_at is not None:
        lines.append(_("🗄 Archived: nobody new can be put on it."))
    return "\n".join(lines)


def subscription_card(texts: Texts, subscription: Subscription) -> str:
    """Return a subscription with its client, plan, price, date and status."""
    _ = texts.gettext
    client, plan = subscription.client, subscription.plan
    lines = [
        _("<b>{client}</b> · {plan}").format(client=escape(client.name), plan=escape(plan.name)),
        _("Status: {status}").format(status=texts.status(subscription.status)),
        _("Price: {amount}, {rhythm}").format(
            amount=texts.kes(subscription.amount_kes),
            rhythm=subscription_rhythm(texts, subscription),
        ),
        _("Phone: {phone}").format(phone=local_phone(client.phone_number)),
    ]
    if client.email:
        lines.append(_("E-mail: {email}").format(email=escape(client.email)))
    lines.append(next_bill(texts, subscription))
    if subscription.next_plan is not None:
        lines.append(_next_plan(texts, subscription, subscription.next_plan))
    if subscription.parked_at is not None:
        lines.append(_("⏸ Several periods were missed, so no new bill is made for now."))
    return "\n".join(lines)


def _next_plan(texts: Texts, subscription: Subscription, plan: ServicePlan) -> str:
    _ = texts.gettext
    return _("From {date} on: {plan}, {amount}, {rhythm}").format(
        date=texts.date(subscription.next_billing_date),
        plan=escape(plan.name),
        amount=texts.kes(subscription.next_amount_kes or plan.amount_kes),
        rhythm=subscription_rhythm(texts, subscription, plan),
    )


def next_bill(texts: Texts, subscription: Subscription) -> str:
    """Say when money is next asked for, or why it is not."""
    _ = texts.gettext
    day = subscription_bills(texts, subscription)
    agreed = _agreed(texts, subscription)
    if agreed is not None:
        return agreed
    match subscription.status:
        case SubscriptionStatus.PENDING_ACTIVATION:
            return _("First bill: {date}, once the client has accepted").format(date=day)
        case SubscriptionStatus.ACTIVE | SubscriptionStatus.PAST_DUE:
            return _("Next bill: {date}").format(date=day)
        case SubscriptionStatus.PAUSED:
            return _("Nothing is billed while it is paused.")
        case SubscriptionStatus.SUSPENDED:
            return _("Nothing is billed until the open bill is paid.")
        case SubscriptionStatus.CANCELLED:
            return _("It is over: nothing is billed any more.")


def _agreed(texts: Texts, subscription: Subscription) -> str | None:
    """Say what is agreed for a later day instead of the usual bill."""
    _ = texts.gettext
    if subscription.status in BILLABLE and subscription.cancel_at is not None:
        return _("It ends on {date}: no new bill is made.").format(
            date=texts.date(subscription.next_billing_date)
        )
    if subscription.status is SubscriptionStatus.PAUSED and subscription.resume_on is not None:
        return _("Nothing is billed until {date}, then it goes on by itself.").format(
            date=texts.date(subscription.resume_on)
        )
    return None


def payer(transaction: Transaction) -> str:
    """Return who pays: his name, else his number. Plain text."""
    if transaction.client is not None:
        return transaction.client.name
    return local_phone(transaction.phone_number)


def transaction_line(texts: Texts, transaction: Transaction) -> str:
    """Return a transaction as one line with its status in words."""
    _ = texts.gettext
    return _("{status} · {payer} · {amount} · {moment}").format(
        status=texts.status(transaction.status),
        payer=escape(payer(transaction)),
        amount=texts.kes(transaction.amount_kes),
        moment=texts.moment(transaction.created_at),
    )


def transaction_card(texts: Texts, transaction: Transaction, *, story: str | None) -> str:
    """Return a transaction in words; `story` (HTML) says how its newest prompt went."""
    _ = texts.gettext
    lines = [
        _("<b>{amount}</b> · {payer}").format(
            amount=texts.kes(transaction.amount_kes), payer=escape(payer(transaction))
        ),
        _("Status: {status}").format(status=texts.status(transaction.status)),
        _("Phone: {phone}").format(phone=local_phone(transaction.phone_number)),
        _("Account: {account}").format(account=escape(transaction.account_reference)),
        _("Begun: {moment}").format(moment=texts.moment(transaction.created_at)),
        *_period_lines(texts, transaction),
        *_paid_lines(texts, transaction),
        *_outcome_lines(texts, transaction),
    ]
    if story:
        lines += ["", story]
    return "\n".join(lines)


def _period_lines(texts: Texts, transaction: Transaction) -> list[str]:
    _ = texts.gettext
    if transaction.period_start is None:
        return []
    return [_("Bill of {date}").format(date=texts.date(transaction.period_start))]


def _paid_lines(texts: Texts, transaction: Transaction) -> list[str]:
    """Say how much of it has come, where it is a part; and why it was dropped."""
    _ = texts.gettext
    lines = []
    if 0 < transaction.paid_kes < transaction.amount_kes:
        lines.append(
            _("Paid so far: {paid}, still open: {open}").format(
                paid=texts.kes(transaction.paid_kes),
                open=texts.kes(transaction.amount_kes - transaction.paid_kes),
            )
        )
    if transaction.void_reason:
        lines.append(_("Reason: {reason}").format(reason=escape(transaction.void_reason)))
    return lines


def _outcome_lines(texts: Texts, transaction: Transaction) -> list[str]:
    _ = texts.gettext
    lines = []
    if transaction.mpesa_receipt_no:
        code = escape(transaction.mpesa_receipt_no)
        lines.append(_("M-Pesa code: <code>{code}</code>").format(code=code))
    if transaction.retry_count:
        count = transaction.retry_count
        again = texts.ngettext("Asked again {n} time", "Asked again {n} times", count)
        lines.append(again.format(n=count))
    if transaction.next_attempt_at and transaction.status is not TransactionStatus.SUCCESS:
        moment = texts.moment(transaction.next_attempt_at)
        lines.append(_("Next prompt: {moment}").format(moment=moment))
    if transaction.needs_person_at and transaction.status is not TransactionStatus.SUCCESS:
        lines.append(_("👉 It needs you: FluxPay does not go on by itself."))
    return lines
