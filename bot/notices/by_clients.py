"""What a business is told of its clients' own doing."""

from telegram import InlineKeyboardButton
from telegram.constants import KeyboardButtonStyle

from bot.looks.message import Message, Params, bold, message, payer, subscription_button
from bot.words.texts import Texts


def invitation_not_me(texts: Texts, params: Params) -> Message:
    """Say that the link reached somebody else, and what to look at."""
    _ = texts.gettext
    lines = [
        _(
            "🙅 Whoever opened your invitation for {payer} says that it is not meant for him."
        ).format(payer=payer(params)),
        _("The link no longer works. Please check the number, then send a new one."),
    ]
    return message(lines, [subscription_button(texts, params["subscription_id"])])


def unreachable(texts: Texts, params: Params) -> Message:
    """Say that the client has closed his chat, and that billing does not mind."""
    _ = texts.gettext
    lines = [
        _("🔕 {client} has blocked this bot, so he gets no messages here any more.").format(
            client=bold(params["client_name"])
        ),
        _("M-Pesa prompts still come to his phone."),
    ]
    return message(lines)


def phone_changed(texts: Texts, params: Params) -> Message:
    """Say which number is prompted from now on, and who vouches for it."""
    _ = texts.gettext
    proof = (
        _("Telegram confirms that it is his own.")
        if params["is_shared"]
        else _("He typed it himself. If you doubt it, ask him.")
    )
    lines = [
        _("📱 {payer}: this is the new number. Prompts go there from now on.").format(
            payer=payer(params)
        ),
        proof,
    ]
    return message(lines, _answer_row(texts, params))


def paused(texts: Texts, params: Params) -> Message:
    """Say who takes a break from what."""
    _ = texts.gettext
    lines = [
        _("⏸ {client} has paused {plan}.").format(**_who(params)),
        _("Nothing is billed until one of you goes on."),
    ]
    return message(lines, _answer_row(texts, params), _open_row(texts, params))


def went_on(texts: Texts, params: Params) -> Message:
    """Say whose pause is over."""
    _ = texts.gettext
    lines = [_("▶️ {client} goes on with {plan}.").format(**_who(params))]
    return message(lines, _open_row(texts, params))


def left(texts: Texts, params: Params) -> Message:
    """Say who is gone, and what he still owes."""
    _ = texts.gettext
    owed = int(params["owed_kes"])
    lines = [
        _("👋 {client} has left {plan}.").format(**_who(params)),
        _("<b>{amount}</b> is still open. No prompt asks for it any more: it is with you.").format(
            amount=texts.kes(owed)
        )
        if owed
        else _("Nothing is open."),
    ]
    return message(lines, _answer_row(texts, params), _open_row(texts, params))


def erased(texts: Texts, params: Params) -> Message:
    """Say that somebody's data are gone, without saying whose."""
    _ = texts.gettext
    ended, owed = int(params["subscriptions"]), int(params["owed_kes"])
    lines = [
        _("🗑 A client has had his data deleted. In your books he is now {name}.").format(
            name=bold(f"#{params['client_number']}")
        ),
        texts.ngettext(
            "{n} subscription has ended.", "{n} subscriptions have ended.", ended
        ).format(n=ended),
        _("<b>{amount}</b> was open and is not asked for any more.").format(amount=texts.kes(owed))
        if owed
        else None,
    ]
    return message(lines)


def _who(params: Params) -> dict[str, str]:
    return {"client": bold(params["client_name"]), "plan": bold(params["plan_name"])}


def _answer_row(texts: Texts, params: Params) -> list[InlineKeyboardButton]:
    _ = texts.gettext
    answer = InlineKeyboardButton(
        _("✍️ Answer"),  # button
        callback_data=f"v1:new:letter:{params['client_id']}",
        style=KeyboardButtonStyle.PRIMARY,
    )
    return [answer]


def _open_row(texts: Texts, params: Params) -> list[InlineKeyboardButton]:
    return [subscription_button(texts, params["subscription_id"])]
