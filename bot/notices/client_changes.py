"""What a client is told about agreements that change, and what his business writes to him."""

from html import escape

from telegram import InlineKeyboardButton

from bot.looks.message import Message, Params, bold, date_of, message
from bot.words.outcomes import shown
from bot.words.texts import Texts
from core.billing.periods import Frequency


def ends(texts: Texts, params: Params) -> Message:
    """Say when his subscription ends."""
    _ = texts.gettext
    lines = [
        _("Your subscription to {plan} at {business} ends on {date}.").format(
            **_names(params), date=texts.date(date_of(params["ends_on"]))
        ),
        _("No new payment will be asked for."),
    ]
    return message(lines)


def goes_on(texts: Texts, params: Params) -> Message:
    """Say that the end was called off."""
    _ = texts.gettext
    return message(
        [
            _("Your subscription to {plan} at {business} goes on after all.").format(
                **_names(params)
            )
        ]
    )


def put_on_pause(texts: Texts, params: Params) -> Message:
    """Say that nothing is asked for, and until when."""
    _ = texts.gettext
    day = params["resume_on"]
    lines = [
        _("⏸ {business} has paused your subscription to {plan}.").format(**_names(params)),
        _("No payment is asked for until it goes on.")
        if day is None
        else _("No payment is asked for until {date}, then it goes on by itself.").format(
            date=texts.date(date_of(day))
        ),
    ]
    return message(lines)


def resumed(texts: Texts, params: Params) -> Message:
    """Say that he is asked again, when, and what for at once."""
    _ = texts.gettext
    next_on, owed_kes = params["next_on"], params["owed_kes"]
    owed = _("<b>{amount}</b> is still to be paid.").format(amount=texts.kes(owed_kes))
    lines = [
        _("▶️ Your subscription to {plan} at {business} goes on.").format(**_names(params)),
        owed if owed_kes else None,
        _("Next payment: {date}").format(date=texts.date(date_of(next_on))) if next_on else None,
    ]
    return message(lines)


def plan_changes(texts: Texts, params: Params) -> Message:
    """Say what he pays for from the next period on, and how much."""
    _ = texts.gettext
    lines = [
        _("From {date} on, your plan at {business} is {plan}.").format(
            date=texts.date(date_of(params["first_on"])),
            business=bold(params["business"]),
            plan=bold(params["new_plan_name"]),
        ),
        _("Price: {amount} {frequency}").format(
            amount=texts.kes(params["amount_kes"]),
            frequency=texts.frequency(Frequency(params["frequency"]), params["interval_count"]),
        ),
        _("Until then nothing changes."),
    ]
    return message(lines)


def plan_stays(texts: Texts, params: Params) -> Message:
    """Say that the change was called off."""
    _ = texts.gettext
    lines = [
        _("Your plan at {business} stays {plan}: {amount}.").format(
            **_names(params), amount=texts.kes(params["amount_kes"])
        )
    ]
    return message(lines)


def phone_changed(texts: Texts, params: Params) -> Message:
    """Say which phone is asked from now on."""
    _ = texts.gettext
    lines = [
        _("From now on {business} sends your M-Pesa prompts to {phone}.").format(
            business=bold(params["business"]), phone=shown(params["phone"])
        ),
        _("If that is wrong, tell the business."),
    ]
    return message(lines)


def letter(texts: Texts, params: Params) -> Message:
    """Bring what the business wrote, with a way to answer."""
    _ = texts.gettext
    lines = [
        _("✉️ {business} writes:").format(business=bold(params["business"])),
        "",
        escape(str(params["text"])),
    ]
    answer = InlineKeyboardButton(
        _("✍️ Answer"),  # button
        callback_data=f"v1:new:answer:{params['client_id']}",
    )
    return message(lines, [answer])


def _names(params: Params) -> dict[str, str]:
    return {"plan": bold(params["plan_name"]), "business": bold(params["business"])}
