"""What is kept about a person, and the form with which he has it deleted."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot import chat
from bot.context import Context
from bot.forms.filling import Outcome
from bot.forms.form import Answers, Asking, Form, Step, Unacceptable, Value
from bot.forms.sheet import Sheet
from bot.looks.places import Where
from bot.looks.screen import DANGER, Screen, button, way_back
from bot.words.texts import Texts


async def privacy(context: Context, where: Where) -> Outcome:
    """Say what is kept, for whom, and how to be rid of it."""
    _ = context.texts.gettext
    text = _(
        "<b>🔒 Your data</b>\n"
        "I keep your name, your phone number, your e-mail if a business entered it, this chat, "
        "and what you were asked for and paid.\n\n"
        "The business that you pay sees it, and whoever runs this bot. Nobody else does. Your "
        "M-Pesa PIN never comes here.\n\n"
        "You can have it deleted. The business keeps the amounts, dates and M-Pesa codes that "
        "its books must hold by law, without your name and number."
    )
    delete = button(_("🗑 Delete my data"), where.to("new", "erase"), DANGER)  # button
    return Screen(text=text, rows=[[delete], way_back(context.texts, where)])


def _word(texts: Texts) -> str:
    _ = texts.gettext
    return _("DELETE")


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Delete my data")


def _word_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Your word")


def _ask_word(asking: Asking) -> str:
    _ = asking.texts.gettext
    extent = asking.facts["extent"]
    lines = [
        _("Name, number, e-mail, this chat and your messages are removed, for good."),
        asking.texts.ngettext(
            "{n} subscription ends at once, and its business is told.",
            "{n} subscriptions end at once, and their businesses are told.",
            extent.subscriptions,
        ).format(n=extent.subscriptions),
    ]
    if extent.owed_kes:
        amount = asking.texts.kes(extent.owed_kes)
        lines.append(
            _("{amount} is open. I stop asking for it; the business may still do so.").format(
                amount=amount
            )
        )
    lines.append(_("If you had stopped prompts to your number, that wish is forgotten, too."))
    if extent.is_owner:
        lines.append(_("What you run or work for here stays: this is about you as a client."))
    lines += ["", _("To delete it all, type <b>{word}</b>.").format(word=_word(asking.texts))]
    return "\n".join(lines)


def _read_word(asking: Asking, text: str) -> Value:
    if text.strip().casefold() != _word(asking.texts).casefold():
        _ = asking.texts.gettext
        raise Unacceptable(
            _("Nothing was deleted. Type {word} if you mean it, or press Cancel.").format(
                word=_word(asking.texts)
            )
        )
    return True


def _show_word(asking: Asking, _: Value) -> str:
    return _word(asking.texts)


async def _load(context: Context, _answers: Answers) -> Mapping[str, Any]:
    return {"extent": await context.engine.erasure.extent(context.person.telegram_id)}


async def _erase(context: Context, _answers: Answers) -> Screen:
    await context.engine.erasure.erase(context.person.telegram_id)
    _ = context.texts.gettext
    text = _(
        "🗑 Your data are deleted. You can also delete this chat in Telegram. If you write to me "
        "again, we begin anew."
    )
    return Screen(text=text, afterwards=partial(_forget_menu, context))


async def _forget_menu(context: Context, _message_id: int) -> None:
    await chat.forget_commands(context, context.person.telegram_id)


ERASE = Sheet(
    form=Form(
        name="erase",
        title=_title,
        confirm=_title,
        question=_ask_word,
        steps=(
            Step(
                field="word",
                title=_word_title,
                question=_ask_word,
                parse=_read_word,
                show=_show_word,
            ),
        ),
        ends_with_a_word=True,
    ),
    finish=_erase,
    load=_load,
    leaves_no_trace=True,
)
