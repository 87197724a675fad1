"""The settings: each shows how it stands, on its button and in the text."""

from html import escape

from telegram import InlineKeyboardButton

from bot.context import Context
from bot.decoration import dress_chat
from bot.forms.filling import Outcome
from bot.looks.cards import short
from bot.looks.places import Where
from bot.looks.screen import DANGER, PRIMARY, Row, Screen, Toast, button, way_back
from bot.owner.office.account_screens import account_line
from bot.words.names import LANGUAGE_NAMES, kind_name
from bot.words.texts import LANGUAGES, Texts
from core.billing.permissions import Permission
from core.billing.preferences import NoticeKind, NoticeMode, Wishes, clock_text, mode_of
from core.services.office.acting import Acting


async def settings(context: Context, where: Where) -> Outcome:
    """Show all that this person may set, and how it stands."""
    _ = context.texts.gettext
    acting = await context.find_acting()
    lines = [
        _("<b>Settings</b>"),
        _("🌍 Language: {language}").format(language=LANGUAGE_NAMES[context.texts.language]),
    ]
    rows: list[Row] = [language_row(context, where)]
    if acting is not None:
        lines += await _lines(context, acting)
        rows += await _rows(context, where, acting)
        rows += _other_doors(context, where)
    return Screen(text="\n".join(lines), rows=[*rows, way_back(context.texts, where)])


def _other_doors(context: Context, where: Where) -> list[Row]:
    """Return what somebody with a business would else have to type a command for."""
    _ = context.texts.gettext
    return [
        [
            button(_("❓ Help"), where.to("help")),  # button
            button(_("📄 What I pay for"), where.to("status")),  # button
        ]
    ]


def language_row(context: Context, where: Where) -> Row:
    """Return a button for each language; the one in use is marked."""
    current = context.texts.language
    return [
        button(
            marked(LANGUAGE_NAMES[language], is_chosen=language == current),
            where.stay("lang", language),
            PRIMARY if language == current else None,
        )
        for language in LANGUAGES
    ]


def marked(label: str, *, is_chosen: bool) -> str:
    """Return the words of a choice; the one that holds has a tick."""
    return f"✓ {label}" if is_chosen else label


async def set_language(context: Context, where: Where) -> Outcome:
    """Change the language and show the settings in it."""
    wanted = where.arguments[0]
    if wanted not in LANGUAGES:
        return where.at("set")
    if wanted == context.texts.language:
        _ = context.texts.gettext
        return Toast(text=_("This is your language already."))
    context.met = await context.engine.people.set_language(context.person.id, wanted)
    await dress_chat(context)
    return where.at("set")


async def _lines(context: Context, acting: Acting) -> list[str]:
    _ = context.texts.gettext
    business = _("🏪 Business: {business}").format(business=escape(acting.owner.display_name))
    if not acting.may(Permission.MANAGE):
        return [business]
    wishes = await context.engine.preferences.of(acting.owner.id)
    state = await context.engine.linking.state(acting.owner.id)
    account = f"🏦 {account_line(context.texts, state)}"
    return [business, *wishes_lines(context.texts, wishes), account]


def wishes_lines(texts: Texts, wishes: Wishes) -> list[str]:
    """Say in whole sentences how a business runs."""
    _ = texts.gettext
    retries, days = wishes.policy.max_retries, wishes.policy.grace.days
    digest = wishes.digest_minute
    return [
        _("🕗 Bills are made from {time} on.").format(time=clock_text(wishes.billing_minute)),
        _("📵 Prompts go out between {start} and {end}.").format(
            start=clock_text(wishes.start_minute), end=clock_text(wishes.end_minute)
        ),
        _retries_line(texts, retries),
        _grace_line(texts, days),
        _("📰 Daily summary: off")
        if digest is None
        else _("📰 Daily summary: at {time}").format(time=clock_text(digest)),
        _("🔔 Notices: {state}").format(state=_notices_state(texts, wishes)),
    ]


def _retries_line(texts: Texts, retries: int) -> str:
    _ = texts.gettext
    if retries == 0:
        return _("🔁 A failed payment is not asked for again.")
    return texts.ngettext(
        "🔁 A failed payment is asked for {n} time more, after 24 hours.",
        "🔁 A failed payment is asked for {n} times more, 24 hours apart.",
        retries,
    ).format(n=retries)


def _grace_line(texts: Texts, days: int) -> str:
    _ = texts.gettext
    if days == 0:
        return _("⏳ Right after the last try the subscription is suspended.")
    return texts.ngettext(
        "⏳ {n} day after the last try the subscription is suspended.",
        "⏳ {n} days after the last try the subscription is suspended.",
        days,
    ).format(n=days)


async def _rows(context: Context, where: Where, acting: Acting) -> list[Row]:
    _ = context.texts.gettext
    rows: list[Row] = []
    if acting.may(Permission.MANAGE):
        name = short(acting.owner.display_name)
        rows.append([button(f"🏪 {name}", where.to("new", "business"))])
        wishes = await context.engine.preferences.of(acting.owner.id)
        rows += _wishes_rows(context.texts, where, wishes)
        keys = len(await context.engine.api_keys.of(acting.owner.id))
        rows.append(
            [
                _item(_("🔑 API keys: {state}"), keys, where.to("keys")),
                button(_("📤 Export"), where.to("export")),  # button
            ]
        )
    if acting.may(Permission.OWN):
        staff = len(await context.engine.staff.of(acting.owner.id))
        rows.append(
            [
                _item("🏦 {state}", await _pay_to(context, acting), where.to("account")),
                _item(_("👥 Staff: {state}"), staff, where.to("staff")),
            ]
        )
    businesses = await context.engine.acting.businesses(context.person.telegram_id)
    if len(businesses) > 1 or acting.role is not None:
        rows.append([button(_("🔀 Businesses I work for"), where.to("works"))])  # button
    if acting.may(Permission.OWN):
        rows.append([button(_("🚪 Leave FluxPay"), where.to("new", "leave"), DANGER)])  # button
    return rows


async def _pay_to(context: Context, acting: Acting) -> str:
    _ = context.texts.gettext
    state = await context.engine.linking.state(acting.owner.id)
    if state.merchant is None:
        return _("No Paybill or Till")
    return f"{kind_name(context.texts, state.merchant.kind)} {state.merchant.pay_to}"


def _wishes_rows(texts: Texts, where: Where, wishes: Wishes) -> list[Row]:
    _ = texts.gettext
    hours = f"{clock_text(wishes.start_minute)}-{clock_text(wishes.end_minute)}"
    days = wishes.policy.grace.days
    return [
        [
            _item(_("🕗 Bills: {state}"), clock_text(wishes.billing_minute), where.to("billat")),
            _item("📵 {state}", hours, where.to("hours")),
        ],
        [
            _item(_("🔁 Retries: {state}"), wishes.policy.max_retries, where.to("retries")),
            _item(_("⏳ Grace: {state} d"), days, where.to("grace")),
        ],
        [
            _item(_("🔔 Notices: {state}"), _notices_state(texts, wishes), where.to("notes")),
            _item(_("📰 Summary: {state}"), _digest_state(texts, wishes), where.to("digest")),
        ],
    ]


def _notices_state(texts: Texts, wishes: Wishes) -> str:
    _ = texts.gettext
    modes = {mode_of(kind, wishes.modes) for kind in NoticeKind}
    return _("all on") if modes == {NoticeMode.ON} else _("some")


def _digest_state(texts: Texts, wishes: Wishes) -> str:
    _ = texts.gettext
    return _("off") if wishes.digest_minute is None else clock_text(wishes.digest_minute)


def _item(words: str, state: str | int, data: str) -> InlineKeyboardButton:
    return button(words.format(state=state), data)
