"""The forms for letters: from a business to its client, and back."""

from collections.abc import Mapping
from html import escape
from typing import Any

from bot.context import Context
from bot.forms.form import Answers, Asking, Form, Step
from bot.forms.inputs import read_letter
from bot.forms.sheet import UPDATE, Sheet
from bot.looks.screen import Screen, home_row
from bot.owner.clients.care_forms import CLIENT_ID, client_done, client_of, load_client
from bot.words.texts import Texts


def _letter_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Message to a client")


def _text_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Message")


def _send_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("✅ Send")  # button


def _ask_letter(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What shall I write to <b>{client}</b>? The answer comes back to you here. Type it, for "
        "example <i>We open at six tomorrow.</i>"
    ).format(client=escape(client_of(asking).name))


def _ask_to_send(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Shall I send this to <b>{client}</b> in your business's name?").format(
        client=escape(client_of(asking).name)
    )


async def _send_letter(context: Context, answers: Answers) -> Screen:
    _ = context.texts.gettext
    owner = await context.owner()
    client = await context.engine.care.write_to_client(
        owner.id, int(answers[CLIENT_ID] or 0), str(answers["text"]), key=str(answers[UPDATE])
    )
    text = _("✅ Your message to <b>{client}</b> is on its way.").format(
        client=escape(client.name)
    )
    return client_done(context, text, client.id)


TEXT = Step(
    field="text", title=_text_title, question=_ask_letter, parse=read_letter, is_free_text=True
)
LETTER = Sheet(
    form=Form(
        name="letter",
        title=_letter_title,
        confirm=_send_word,
        question=_ask_to_send,
        steps=(TEXT,),
    ),
    finish=_send_letter,
    load=load_client,
)


# --- the client's answer ------------------------------------------------------------------------


async def _load_business(context: Context, answers: Answers) -> Mapping[str, Any]:
    care = context.engine.care
    client = await care.client_in_chat(context.person.telegram_id, int(answers[CLIENT_ID] or 0))
    return {"business": (await context.engine.people.get(client.owner_id)).display_name}


def _answer_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Message to the business")


def _ask_answer(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("What shall I tell <b>{business}</b>? Type your message.").format(
        business=escape(asking.facts["business"])
    )


def _ask_to_answer(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("Shall I send this to <b>{business}</b>? It sees your name and number.").format(
        business=escape(asking.facts["business"])
    )


async def _send_answer(context: Context, answers: Answers) -> Screen:
    _ = context.texts.gettext
    business = await context.engine.care.write_to_owner(
        context.person.telegram_id,
        int(answers[CLIENT_ID] or 0),
        str(answers["text"]),
        key=str(answers[UPDATE]),
    )
    text = _("✅ <b>{business}</b> has your message.").format(
        business=escape(business.display_name)
    )
    return Screen(text=text, rows=[home_row(context.texts)])


ANSWER = Sheet(
    form=Form(
        name="answer",
        title=_answer_title,
        confirm=_send_word,
        question=_ask_to_answer,
        steps=(
            Step(
                field="text",
                title=_text_title,
                question=_ask_answer,
                parse=read_letter,
                is_free_text=True,
            ),
        ),
    ),
    finish=_send_answer,
    load=_load_business,
)
