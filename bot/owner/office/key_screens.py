"""The keys to the HTTP API: made, shown once, known by their last characters, revoked."""

from html import escape

from telegram import CopyTextButton, InlineKeyboardButton

from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.places import Where
from bot.looks.screen import DANGER, SUCCESS, Row, Screen, button, way_back
from core.models import ApiKey


async def key_list(context: Context, where: Where) -> Outcome:
    """Show the keys that work."""
    _ = context.texts.gettext
    owner = await context.owner()
    keys = await context.engine.api_keys.of(owner.id)
    text = _(
        "<b>API keys</b>\nWith a key a program of yours can make plans, clients and charges here. "
        "Whoever has it acts in your name."
    )
    empty = _("There is none yet.")
    lines = [_key_line(context, key) for key in keys]
    rows: list[Row] = [
        [button(_("🔑 …{hint}").format(hint=_hint(key)), where.to("key", key.id))] for key in keys
    ]
    made = await context.engine.api_keys.made(owner.id)
    rows.append([button(_("🆕 Make a key"), where.to("keymade", made), SUCCESS)])  # button
    return Screen(
        text="\n".join([text, "", *(lines or [empty])]),
        rows=[*rows, way_back(context.texts, where)],
    )


def _hint(key: ApiKey) -> str:
    return key.hint or "????"  # Made before hints were kept.


def _key_line(context: Context, key: ApiKey) -> str:
    _ = context.texts.gettext
    return _("🔑 …<code>{hint}</code>, made on {date}").format(
        hint=escape(_hint(key)),
        date=context.texts.date(key.created_at.astimezone(context.engine.zone).date()),
    )


async def make_key(context: Context, where: Where) -> Outcome:
    """Make a key and show it, this once: the next press puts the list in its place."""
    _ = context.texts.gettext
    acting = await context.acting()
    made_by_id = None if acting.role is None else acting.person.id
    key = await context.engine.api_keys.make(
        acting.owner.id, made_by_id=made_by_id, after=int(where.arguments[0])
    )
    text = _(
        "<b>Your new API key</b>\n<code>{key}</code>\n\n"
        "Keep it somewhere safe now: I store only a fingerprint of it and can't show it again. "
        "Then press the button, and it is gone from this chat."
    ).format(key=escape(key))
    copy = InlineKeyboardButton(_("📋 Copy the key"), copy_text=CopyTextButton(key))  # button
    kept = button(_("✅ I have kept it"), where.back(), SUCCESS)  # button
    return Screen(text=text, rows=[[copy], [kept], way_back(context.texts, where)])


async def key_card(context: Context, where: Where) -> Outcome:
    """Show one key, and what revoking it means."""
    _ = context.texts.gettext
    owner = await context.owner()
    key = await context.engine.api_keys.get(owner.id, int(where.arguments[0]))
    text = _(
        "{key}\n\nShall it stop working? Programs that use it get nothing any more, at once. This "
        "can't be undone."
    ).format(key=_key_line(context, key))
    keep = button(_("◀ Keep it"), where.back())  # button
    revoke = button(_("🗑 Revoke it"), where.stay("keygone", key.id), DANGER)  # button
    return Screen(text=text, rows=[[keep, revoke], way_back(context.texts, where)])


async def revoke_key(context: Context, where: Where) -> Outcome:
    """Revoke it and show what is left."""
    _ = context.texts.gettext
    owner = await context.owner()
    key = await context.engine.api_keys.revoke(owner.id, int(where.arguments[0]))
    text = _("🗑 The key …<code>{hint}</code> does not work any more.").format(
        hint=escape(_hint(key))
    )
    return Screen(text=text, rows=[way_back(context.texts, where)])
