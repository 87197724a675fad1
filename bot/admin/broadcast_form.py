"""An admin's word to every owner: shown first, and sent once he types a word."""

from collections.abc import Mapping
from typing import Any

from bot.admin.actions import done
from bot.context import Context
from bot.forms.form import Answers, Asking, Form, Step, Unacceptable, Value
from bot.forms.sheet import KEY, Sheet
from bot.looks.screen import Screen
from bot.words.outcomes import shown
from bot.words.texts import Texts
from core.billing.text import check_text
from core.services.admin.actions import LONGEST_BROADCAST


async def _audience(context: Context, _answers: Answers) -> Mapping[str, Any]:
    admin = context.person.telegram_id
    return {"n": await context.engine.administration.audience(admin_telegram_id=admin)}


def _say_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Write to all owners")


def _text_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Message")


def _word_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Your word")


def _word(texts: Texts) -> str:
    _ = texts.gettext
    return _("SEND")


def _ask_text(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("What shall every owner read? Type it in one message.")


def _read_message(_: Asking, text: str) -> Value:
    return check_text(text, max_length=LONGEST_BROADCAST)


def _ask_send_word(asking: Asking) -> str:
    _ = asking.texts.gettext
    text = shown(str(asking.answers.get("text", "")), limit=LONGEST_BROADCAST)
    question = asking.texts.ngettext(
        "To send this to {n} owner, type <b>{word}</b>.",
        "To send this to {n} owners, type <b>{word}</b>.",
        asking.facts["n"],
    ).format(n=asking.facts["n"], word=_word(asking.texts))
    return f"<blockquote>{text}</blockquote>\n{question}"


def _read_send_word(asking: Asking, text: str) -> Value:
    if text.strip().casefold() != _word(asking.texts).casefold():
        _ = asking.texts.gettext
        raise Unacceptable(
            _("Nothing was sent. Type {word} if you mean it, or press Cancel.").format(
                word=_word(asking.texts)
            )
        )
    return True


def _show_word(asking: Asking, _: Value) -> str:
    return _word(asking.texts)


def _show_beginning(_: Asking, value: Value) -> str:
    text = str(value)
    longest = 60
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


async def _say(context: Context, answers: Answers) -> Screen:
    count = await context.engine.administration.broadcast(
        admin_telegram_id=context.person.telegram_id,
        text=str(answers["text"]),
        key=f"{context.person.id}:{answers[KEY]}",
    )
    sent = context.texts.ngettext(
        "📣 It goes to {n} owner now.", "📣 It goes to {n} owners now.", count
    )
    return done(context, sent.format(n=count))


BROADCAST = Sheet(
    form=Form(
        name="broadcast",
        title=_say_title,
        confirm=_say_title,
        question=_ask_send_word,
        steps=(
            Step(
                field="text",
                title=_text_title,
                question=_ask_text,
                parse=_read_message,
                is_free_text=True,
                show=_show_beginning,
            ),
            Step(
                field="word",
                title=_word_title,
                question=_ask_send_word,
                parse=_read_send_word,
                show=_show_word,
                depends_on=frozenset({"text"}),
            ),
        ),
        ends_with_a_word=True,
    ),
    finish=_say,
    load=_audience,
)
