"""The form for an owner's own Paybill or Till. Its secrets leave the chat as they are typed."""

from functools import partial

from bot import chat
from bot.context import Context
from bot.forms.form import Answers, Asking, Choice, Form, Step, Value
from bot.forms.inputs import read_choice
from bot.forms.sheet import Sheet
from bot.forms.steps import phone_step
from bot.looks.places import Where
from bot.looks.screen import Screen, button, home_row
from bot.words.errors import sentence_for
from bot.words.names import kind_name
from bot.words.texts import Texts
from core.billing.merchants import check_secret, check_shortcode
from core.billing.permissions import Permission
from core.errors import FluxPayError
from core.ports import MerchantKind
from core.services.office.linking import AccountDraft


def _title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Your own Paybill or Till")


def _kind(asking: Asking) -> MerchantKind:
    return MerchantKind(str(asking.answers.get("kind", MerchantKind.PAYBILL)))


def _kinds(asking: Asking) -> list[Choice]:
    return [Choice(label=kind_name(asking.texts, kind), value=kind.value) for kind in MerchantKind]


def _show_kind(asking: Asking, value: Value) -> str:
    return kind_name(asking.texts, MerchantKind(str(value)))


def _is_till(asking: Asking) -> bool:
    return _kind(asking) is MerchantKind.TILL


def _read_number(_: Asking, text: str) -> Value:
    return check_shortcode(text)


def _read_secret(_: Asking, text: str) -> Value:
    return check_secret(text)


def _hidden(_: Asking, _value: Value) -> str:
    return "••••••••"


def _ask_kind(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "How do your clients pay you? You need a Daraja app of your own for it; its keys are at "
        "developer.safaricom.co.ke."
    )


def _ask_shortcode(asking: Asking) -> str:
    _ = asking.texts.gettext
    if _is_till(asking):
        return _(
            "Which store number was the Till taken live with? It has 5 to 7 digits, for example "
            "<code>600111</code>."
        )
    return _(
        "What is the number of your Paybill? It has 5 to 7 digits, for example "
        "<code>600111</code>."
    )


def _ask_till(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("What is the Till number that clients see? For example <code>5551234</code>.")


def _ask_key(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What is the <b>consumer key</b> of your Daraja app? Copy it from the portal and send it "
        "here. I delete your message at once and keep the key encrypted."
    )


def _ask_secret(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What is the <b>consumer secret</b>? It stands beside the key in the portal. I delete "
        "this message, too."
    )


def _ask_passkey(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "What is the <b>passkey</b>? Safaricom sent it by e-mail when the app went live. I delete "
        "this message, too."
    )


def _ask_phone(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Which M-Pesa phone is your own? To see that all is right I ask it for KES 1, which "
        "arrives in your account. For example <code>0712 345 678</code>."
    )


def _kind_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Kind")


def _shortcode_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Number")


def _till_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Till number")


def _key_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Consumer key")


def _secret_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Consumer secret")


def _passkey_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Passkey")


def _phone_title(texts: Texts) -> str:
    _ = texts.gettext
    return _("Your phone")


STEPS = (
    Step(
        field="kind",
        title=_kind_title,
        question=_ask_kind,
        parse=read_choice(_kinds),
        show=_show_kind,
        choices=_kinds,
    ),
    Step(
        field="shortcode",
        title=_shortcode_title,
        question=_ask_shortcode,
        parse=_read_number,
        depends_on=frozenset({"kind"}),
    ),
    Step(
        field="till",
        title=_till_title,
        question=_ask_till,
        parse=_read_number,
        applies=_is_till,
        depends_on=frozenset({"kind"}),
    ),
    Step(
        field="consumer_key",
        title=_key_title,
        question=_ask_key,
        parse=_read_secret,
        show=_hidden,
        is_secret=True,
    ),
    Step(
        field="consumer_secret",
        title=_secret_title,
        question=_ask_secret,
        parse=_read_secret,
        show=_hidden,
        is_secret=True,
    ),
    Step(
        field="passkey",
        title=_passkey_title,
        question=_ask_passkey,
        parse=_read_secret,
        show=_hidden,
        is_secret=True,
    ),
    phone_step(_ask_phone, title=_phone_title),
)


def _try_word(texts: Texts) -> str:
    _ = texts.gettext
    return _("🏦 Try it with KES 1")  # button


def _ask_to_try(asking: Asking) -> str:
    _ = asking.texts.gettext
    return _(
        "Shall I try it? I log in to Safaricom with it, and your phone asks for KES 1. Once that "
        "is paid, your clients pay to this account. Prompts that are on phones by then still pay "
        "to the account before."
    )


async def _try(context: Context, answers: Answers) -> Screen:
    """Say that it is being tried: Safaricom is asked after commit."""
    owner = await context.owner(Permission.OWN)
    _ = context.texts.gettext
    draft = _draft(answers)
    return Screen(
        text=_("🏦 Logging in to Safaricom with your keys …"),
        afterwards=partial(_begin, context, owner.id, draft),
    )


def _draft(answers: Answers) -> AccountDraft:
    kind = MerchantKind(str(answers["kind"]))
    return AccountDraft(
        kind=kind,
        shortcode=str(answers["shortcode"]),
        till=str(answers["till"]) if kind is MerchantKind.TILL else None,
        consumer_key=str(answers["consumer_key"]),
        consumer_secret=str(answers["consumer_secret"]),
        passkey=str(answers["passkey"]),
        phone_number=str(answers["phone_number"]),
    )


async def _begin(context: Context, owner_id: int, draft: AccountDraft, message_id: int) -> None:
    context.application.create_task(
        _carry_out(context, owner_id, draft, message_id), update=context.incoming
    )


async def _carry_out(
    context: Context, owner_id: int, draft: AccountDraft, message_id: int
) -> None:
    """Try it, and show what is true once Safaricom has answered, or has not."""
    message = (context.person.telegram_id, message_id)
    try:
        charge = await context.engine.linking.try_account(owner_id, draft, status_message=message)
    except FluxPayError as error:
        await _say_why_not(context, error, message_id)
        return
    await context.messenger.show_push_status(
        *message, charge.transaction.id, context.person.language
    )


async def _say_why_not(context: Context, error: FluxPayError, message_id: int) -> None:
    _ = context.texts.gettext
    text = _("✖️ It was not linked, and nothing has changed.\n\n{sentence}").format(
        sentence=sentence_for(context.texts, error)
    )
    again = button(_("🔁 Try again"), Where().to("new", "account"))  # button
    screen = Screen(text=text, rows=[[again], home_row(context.texts)])
    await chat.edit(context, context.person.telegram_id, message_id, screen)


LINK_ACCOUNT = Sheet(
    form=Form(
        name="account",
        title=_title,
        confirm=_try_word,
        question=_ask_to_try,
        steps=STEPS,
    ),
    finish=_try,
)
"""Its answers are sealed: `consumer_key`, `consumer_secret` and `passkey` lie encrypted."""
