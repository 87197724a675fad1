"""What a business, or an administrator, is told."""

from telegram import InlineKeyboardButton
from telegram.constants import KeyboardButtonStyle

from bot.looks.message import (
    Message,
    Params,
    bold,
    code_line,
    copy_code_row,
    date_of,
    instant_of,
    message,
    paid_by_line,
    payer,
    still_to_pay_line,
    subscription_button,
    transaction_button,
)
from bot.notices.client import receipt_by_whatsapp
from bot.words.outcomes import owner_sentence, shown
from bot.words.texts import Texts


def invitation_accepted(texts: Texts, params: Params) -> Message:
    """Say who joined, and when the first bill is."""
    _ = texts.gettext
    lines = [
        _("✅ {client} accepted your invitation to {plan}.").format(
            client=bold(params["client_name"]), plan=bold(params["plan_name"])
        ),
        _("The first bill is on {date}.").format(date=texts.date(date_of(params["next_on"]))),
    ]
    return message(lines, [subscription_button(texts, params["subscription_id"])])


def invitation_declined(texts: Texts, params: Params) -> Message:
    """Say who does not want to join."""
    _ = texts.gettext
    lines = [
        _("{client} declined your invitation to {plan}.").format(
            client=bold(params["client_name"]), plan=bold(params["plan_name"])
        ),
        _("Nothing will be billed."),
    ]
    return message(lines)


def payment_received(texts: Texts, params: Params) -> Message:
    """Say how much came from whom, with the code to find it in the statement."""
    _ = texts.gettext
    lines = [
        _("💰 <b>{amount}</b> received from {payer}.").format(
            amount=texts.kes(params["amount_kes"]), payer=payer(params)
        ),
        _paid_for(texts, params),
        paid_by_line(texts, params),
        still_to_pay_line(texts, params),
    ]
    label = _("🧾 Receipt by WhatsApp")  # button
    # A notice of an older version lacks what a receipt says.
    ready = receipt_by_whatsapp(texts, params, label) if "paid_at" in params else []
    return message(lines, copy_code_row(texts, params["receipt"]), ready)


def payment_failed(texts: Texts, params: Params) -> Message:
    """Say why the money did not come, and what happens next without the owner."""
    _ = texts.gettext
    lines = [
        _("❌ {payer} did not pay <b>{amount}</b>.").format(
            payer=payer(params), amount=texts.kes(params["amount_kes"])
        ),
        _plan_line(texts, params),
        owner_sentence(texts, params["outcome"]),
        _what_next(texts, params),
    ]
    return message(lines, [transaction_button(texts, params["transaction_id"])])


def payment_retrying(texts: Texts, params: Params) -> Message:
    """Say that the client is asked again."""
    _ = texts.gettext
    lines = [
        _("🔁 {client} is asked for <b>{amount}</b> again.").format(
            client=bold(params["client_name"] or _("A client")),
            amount=texts.kes(params["amount_kes"]),
        ),
        _plan_line(texts, params),
        _("This is retry {number} of {total}.").format(
            number=params["retry_count"], total=params["max_retries"]
        ),
    ]
    return message(lines)


def prompt_unknown(texts: Texts, params: Params) -> Message:
    """Say that nobody knows yet, so that the owner does not send a second prompt."""
    _ = texts.gettext
    lines = [
        _("❔ We don't know yet whether the prompt for <b>{amount}</b> reached {payer}.").format(
            amount=texts.kes(params["amount_kes"]), payer=payer(params)
        ),
        _("We are checking with M-Pesa and will tell you. Please don't send it again meanwhile."),
    ]
    return message(lines, [transaction_button(texts, params["transaction_id"])])


def needs_you(texts: Texts, params: Params) -> Message:
    """Say what only the owner can take on, and open it."""
    _ = texts.gettext
    lines = [
        _("🔔 The payment of <b>{amount}</b> by {payer} needs you.").format(
            amount=texts.kes(params["amount_kes"]), payer=payer(params)
        ),
        owner_sentence(texts, params["reason"]),
    ]
    return message(lines, [transaction_button(texts, params["transaction_id"])])


def extra_payment(texts: Texts, params: Params) -> Message:
    """Say that money came twice, and where it went."""
    _ = texts.gettext
    lines = [
        _("💰 {payer} paid another <b>{amount}</b>.").format(
            payer=payer(params), amount=texts.kes(params["amount_kes"])
        ),
        paid_by_line(texts, params),
        _("It is kept as the client's credit."),
    ]
    return message(lines, copy_code_row(texts, params["receipt"]))


def event_parked(texts: Texts, params: Params) -> Message:
    """Say that M-Pesa's news does not fit what was asked, so that a person looks at it."""
    _ = texts.gettext
    lines = [
        _("⚠️ M-Pesa reports a payment that does not fit, so we have not booked it."),
        _("We asked {payer} for <b>{amount}</b>.").format(
            payer=payer(params), amount=texts.kes(params["amount_kes"])
        ),
        _misfit(texts, params),
        code_line(texts, params["receipt"]) if params["receipt"] else None,
        _("Please look for it in your M-Pesa statement."),
    ]
    return message(lines, copy_code_row(texts, params["receipt"]))


def prompts_halted(texts: Texts, params: Params) -> Message:
    """Say that a Paybill or Till is refused, and how to go on once it is mended."""
    _ = texts.gettext
    shortcode = str(params["shortcode"])
    lines = [
        _("⛔ No prompts go out from {shortcode}: M-Pesa refuses it.").format(
            shortcode=bold(shortcode)
        ),
        _("M-Pesa says: {detail}").format(detail=shown(str(params["detail"]), limit=300)),
        _("When its settings are put right, press Resume."),
    ]
    resume = InlineKeyboardButton(
        _("Resume"),
        callback_data=f"v1:adm:resume:{shortcode}",
        style=KeyboardButtonStyle.SUCCESS,
    )
    return message(lines, [resume])


def suspended(texts: Texts, params: Params) -> Message:
    """Say whose subscription stands still, and for how much."""
    _ = texts.gettext
    lines = [
        _("⛔ The subscription of {client} to {plan} is suspended.").format(
            client=bold(params["client_name"]), plan=bold(params["plan_name"])
        ),
        _("<b>{amount}</b> was not paid. Nothing new is billed meanwhile.").format(
            amount=texts.kes(params["amount_kes"])
        ),
    ]
    return message(lines)


def approval_requested(texts: Texts, params: Params) -> Message:
    """Ask an administrator whether this business may bill people."""
    _ = texts.gettext
    lines = [
        _("🏪 {name} asks to bill clients as {business}.").format(
            name=bold(params["name"]), business=bold(params["business"])
        ),
        _("Lend our Paybill or Till only to somebody you know: the money arrives with us."),
    ]
    user_id = params["user_id"]
    approve = InlineKeyboardButton(
        _("Approve"),
        callback_data=f"v1:adm:ok:{user_id}",
        style=KeyboardButtonStyle.SUCCESS,
    )
    lend = InlineKeyboardButton(
        _("Approve, lend account"),
        callback_data=f"v1:adm:lend:{user_id}",
    )
    return message(lines, [approve], [lend])


def approved(texts: Texts, params: Params) -> Message:
    """Welcome the owner."""
    _ = texts.gettext
    lines = [
        _("✅ {business} is approved.").format(business=bold(params["business"])),
        _("Press /menu to begin."),
    ]
    begin = InlineKeyboardButton(
        _("🚀 Begin"), callback_data="v1:home", style=KeyboardButtonStyle.SUCCESS
    )
    return message(lines, [begin])


def parked(texts: Texts, params: Params) -> Message:
    """Say that too many bills were missed to send them all at once."""
    _ = texts.gettext
    missed = int(params["missed"])
    lines = [
        texts.ngettext(
            "⏸ {missed} bill of {client} for {plan} was missed.",
            "⏸ {missed} bills of {client} for {plan} were missed.",
            missed,
        ).format(
            missed=missed,
            client=bold(params["client_name"]),
            plan=bold(params["plan_name"]),
        ),
        _("These are too many to ask for at once, so billing waits until you decide."),
    ]
    return message(lines, [subscription_button(texts, params["subscription_id"])])


def _plan_line(texts: Texts, params: Params) -> str | None:
    _ = texts.gettext
    plan = params["plan_name"]
    return _("Plan: {plan}").format(plan=shown(plan)) if plan else None


def _paid_for(texts: Texts, params: Params) -> str | None:
    _ = texts.gettext
    plan, start = params["plan_name"], params["period_start"]
    if plan is None or start is None:
        return _plan_line(texts, params)
    return _("Plan: {plan}, period from {date}").format(
        plan=shown(plan), date=texts.date(date_of(start))
    )


def _what_next(texts: Texts, params: Params) -> str:
    _ = texts.gettext
    if params["next_attempt_at"]:
        return _("Retry {number} of {total} goes out on {moment}.").format(
            number=params["retry_count"] + 1,
            total=params["max_retries"],
            moment=texts.moment(instant_of(params["next_attempt_at"])),
        )
    if params["suspend_at"]:
        return _(
            "That was the last prompt. Unless the bill is paid, the subscription is suspended"
            " on {moment}."
        ).format(moment=texts.moment(instant_of(params["suspend_at"])))
    # A one-off charge is exhausted, too, but nothing of it was ever a retry.
    if params["exhausted"] and params["retry_count"]:
        return _("That was the last prompt.")
    return _("No further prompt goes out by itself.")


def _misfit(texts: Texts, params: Params) -> str:
    _ = texts.gettext
    event_amount_kes = params["event_amount_kes"]
    if params["reason"] == "amount_differs" and event_amount_kes is not None:
        return _("M-Pesa reports {amount} instead.").format(amount=texts.kes(event_amount_kes))
    return {
        "amount_differs": _("M-Pesa reports another amount."),
        "phone_differs": _("It was paid from another phone number."),
        "receipt_used": _("Its M-Pesa code already belongs to another payment."),
        "amount_missing": _("M-Pesa did not tell the amount."),
        "receipt_missing": _("M-Pesa did not tell the code of the payment."),
    }.get(params["reason"], _("Its details do not match."))
