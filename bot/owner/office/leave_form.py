"""The form with which an owner leaves: it says what ends, and wants a word typed."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.context import Context
from bot.forms.form import Answers, Asking, Form, Step, Unacceptable, Value
from bot.forms.sheet import Sheet
from bot.looks.screen import Screen, home_row
from bot.owner.office.export_file import FileKind
from bot.owner.office.export_screens import begin_export
from bot.words.texts import Texts
from core.billing.permissions import Permission
from core.services.office.leaving import Farewell


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Leave FluxPay")


def _word(texts: Texts) -> str:
    _ = texts.gettext
    return _("LEAVE")


def _word_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Your word")


def _ask_word(asking: Asking) -> str:
    _ = asking.texts.gettext
    end: Farewell = asking.facts["end"]
    return _(
        "{ends}\n\n"
        "• Open bills are dropped, no prompt goes out any more, and each client is told.\n"
        "• Staff and API keys lose their access, and your Paybill or Till is unlinked.\n"
        "• Your books stay here unchanged, and you get them as an Excel file now.\n"
        "• A prompt that is on a phone at this moment may still be paid; it is booked.\n\n"
        "You can sign up again at any time and find your books. To go on, type {word}."
    ).format(ends=_ends(asking.texts, end), word=f"<code>{_word(asking.texts)}</code>")


def _ends(texts: Texts, end: Farewell) -> str:
    return texts.ngettext(
        "When you leave, {n} subscription ends at once.",
        "When you leave, {n} subscriptions end at once.",
        end.subscriptions,
    ).format(n=end.subscriptions)


def _read_word(asking: Asking, text: str) -> Value:
    word = _word(asking.texts)
    if text.strip().casefold() != word.casefold():
        _ = asking.texts.gettext
        raise Unacceptable(_("That is not the word. To leave, type {word}.").format(word=word))
    return word


def _leave_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("🚪 Leave now")  # button


def _ask_to_leave(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("{ends} Shall I do it now?").format(ends=_ends(asking.texts, asking.facts["end"]))


async def _load(context: Context, _answers: Answers) -> Mapping[str, Any]:
    owner = await context.owner(Permission.OWN)
    return {"end": await context.engine.leaving.consequences(owner.id)}


async def _leave(context: Context, _answers: Answers) -> Screen:
    owner = await context.owner(Permission.OWN)
    await context.engine.leaving.leave(owner.id)
    _ = context.texts.gettext
    text = _(
        "👋 You have left FluxPay. Nobody is billed any more. Your books follow below as a file; "
        "whenever you want to come back, press /start."
    )
    send_books = partial(begin_export, context, owner, FileKind.EXCEL)
    return Screen(text=text, rows=[home_row(context.texts)], afterwards=send_books)


LEAVE = Sheet(
    form=Form(
        name="leave",
        title=_title,
        confirm=_leave_word,
        question=_ask_to_leave,
        steps=(Step(field="word", title=_word_title, question=_ask_word, parse=_read_word),),
    ),
    finish=_leave,
    load=_load,
)
