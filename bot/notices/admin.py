"""What owners are told by whoever runs this installation."""

from bot.looks.message import Message, Params, bold, home_button, message
from bot.words.outcomes import shown
from bot.words.texts import Texts

_LONGEST_WORDS = 3000


def business_suspended(texts: Texts, params: Params) -> Message:
    """Say that the business is closed here, and why."""
    _ = texts.gettext
    lines = [
        _("⛔ {business} is suspended by the administrator.").format(
            business=bold(params["business"])
        ),
        _reason(texts, params),
        _(
            "No bills are made and no M-Pesa prompts go out meanwhile. Your books stay as they"
            " are."
        ),
    ]
    return message(lines)


def business_reinstated(texts: Texts, params: Params) -> Message:
    """Say that everything goes on."""
    _ = texts.gettext
    lines = [
        _("✅ {business} is open again.").format(business=bold(params["business"])),
        _("What fell due meanwhile is billed and asked for from now on."),
        _("Where more than three bills were missed, you are asked what to do."),
    ]
    return message(lines, [home_button(texts)])


def prompts_stopped(texts: Texts, params: Params) -> Message:
    """Say that nobody is prompted for now, and why."""
    _ = texts.gettext
    lines = [
        _("⏸ The administrator has stopped all M-Pesa prompts for now."),
        _reason(texts, params),
        _("Bills are made as always, and asked for as soon as prompts go on."),
    ]
    return message(lines)


def prompts_resumed(texts: Texts, _params: Params) -> Message:
    """Say that the stop is over."""
    _ = texts.gettext
    return message([_("▶️ M-Pesa prompts go out again.")])


def broadcast(texts: Texts, params: Params) -> Message:
    """Hand over an administrator's words."""
    _ = texts.gettext
    lines = [
        _("📣 <b>From the administrator</b>"),
        "",
        shown(str(params["text"]), limit=_LONGEST_WORDS),
    ]
    return message(lines)


def _reason(texts: Texts, params: Params) -> str:
    _ = texts.gettext
    return _("Reason: {reason}").format(reason=shown(str(params["reason"]), limit=300))
