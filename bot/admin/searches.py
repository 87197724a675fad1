"""An admin's searches: a payment by its code, request or phone, and a business by its name."""

from html import escape

from bot.admin.actions import done
from bot.admin.businesses import owner_button
from bot.context import Context
from bot.forms.form import Answers, Asking, Form, Step, Value
from bot.forms.sheet import Sheet
from bot.looks.places import Where
from bot.looks.screen import Screen
from bot.words.outcomes import shown
from bot.words.texts import Texts
from core.billing.phone import mask_phone
from core.billing.text import check_text
from core.models import Transaction


def _look_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Look up a payment")


def _what_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Search for")


def _ask_what(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Type an M-Pesa code, a request number of Daraja, or a phone, for example "
        "<code>RKTQDM7W6S</code> or <code>0712 345 678</code>."
    )


def _read_what(_: Asking, text: str) -> Value:
    return check_text(text, max_length=120)


async def _look(context: Context, answers: Answers) -> Screen:
    found = await context.engine.administration.look_up(
        admin_telegram_id=context.person.telegram_id, text=str(answers["text"])
    )
    _ = context.texts.gettext
    blocks = [_found(context.texts, transaction) for transaction in found]
    return done(context, "\n\n".join(blocks or [_("Nothing was found.")]))


def _found(texts: Texts, transaction: Transaction) -> str:
    _ = texts.gettext
    client = transaction.client.name if transaction.client else "–"  # noqa: RUF001 - a dash
    lines = [
        f"<b>{texts.kes(transaction.amount_kes)}</b> · {texts.status(transaction.status)}",
        _("Business: {business}").format(business=shown(transaction.owner.display_name)),
        _("Client: {client}, {phone}").format(
            client=shown(client), phone=mask_phone(transaction.phone_number)
        ),
        _("Begun: {moment}").format(moment=texts.moment(transaction.created_at)),
    ]
    if transaction.mpesa_receipt_no:
        code = escape(transaction.mpesa_receipt_no)
        lines.append(_("M-Pesa code: <code>{code}</code>").format(code=code))
    if transaction.daraja_request_id:
        lines.append(f"<code>{escape(transaction.daraja_request_id)}</code>")
    return "\n".join(lines)


LOOK_UP = Sheet(
    form=Form(
        name="look_up",
        title=_look_title,
        confirm=_look_title,
        question=_ask_what,
        steps=(Step(field="text", title=_what_title, question=_ask_what, parse=_read_what),),
        ends_with_a_word=True,
    ),
    finish=_look,
)


# --- find a business ----------------------------------------------------------------------------


def _find_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Find a business")


def _ask_name(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Type a part of the business's or the person's name, or the person's Telegram number."
    )


async def _find(context: Context, answers: Answers) -> Screen:
    found = await context.engine.businesses.search(
        admin_telegram_id=context.person.telegram_id, text=str(answers["text"])
    )
    _ = context.texts.gettext
    rows = [[owner_button(context.texts, Where("admin"), user)] for user in found]
    return done(context, _("<b>🏪 Businesses</b>") if found else _("Nothing was found."), *rows)


FIND_OWNER = Sheet(
    form=Form(
        name="find_owner",
        title=_find_title,
        confirm=_find_title,
        question=_ask_name,
        steps=(
            Step(
                field="text",
                title=_what_title,
                question=_ask_name,
                parse=_read_what,
                is_free_text=True,
            ),
        ),
        ends_with_a_word=True,
    ),
    finish=_find,
)
