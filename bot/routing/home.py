"""The first screens: who comes in, help, the language."""

from dataclasses import replace
from html import escape

from telegram import InlineKeyboardButton

from bot.client.status import status_of
from bot.context import Context
from bot.forms.filling import Outcome
from bot.looks.places import Where
from bot.looks.screen import SUCCESS, Row, Screen, Toast, button, home_row, way_back
from bot.owner.office.dashboard import dashboard
from bot.routing.sheets import SHEETS
from bot.words.names import LANGUAGE_NAMES
from bot.words.outcomes import shown
from bot.words.texts import LANGUAGES
from core.models import Approval


async def home(context: Context, where: Where) -> Outcome:
    """Show what concerns this person: his business, his request, or what this bot is."""
    if await context.works_for_another():
        return await dashboard(context, where, SHEETS)
    match context.person.approval:
        case Approval.APPROVED:
            return await _owners_home(context, where)
        case Approval.PENDING:
            return _waiting(context)
        case Approval.SUSPENDED:
            return _suspended(context)
        case Approval.NONE:
            return await _clients_home(context, where)


async def _owners_home(context: Context, where: Where) -> Outcome:
    """Show the dashboard, and above it that all prompts are stopped, while they are."""
    outcome = await dashboard(context, where, SHEETS)
    if not isinstance(outcome, Screen):
        return outcome
    _ = context.texts.gettext
    stop = await context.engine.prompt_stop.find()
    if stop is not None:
        words = _("⏸ <b>All M-Pesa prompts are stopped:</b> {reason}").format(
            reason=shown(stop.reason, limit=300)
        )
        outcome = replace(outcome, text=f"{words}\n\n{outcome.text}")
    if context.engine.people.is_admin(context.person.telegram_id):
        admin = button(_("🛡 Administration"), Where().to("admin"))  # button
        outcome = replace(outcome, rows=[*outcome.rows, [admin]])
    return outcome


async def _clients_home(context: Context, where: Where) -> Screen:
    """Show a client what he pays for, and greet whoever is new."""
    standings = await context.engine.standings.standings(context.person.telegram_id)
    if not any(one.subscriptions or one.open_bills for one in standings):
        return _welcome(context)
    _ = context.texts.gettext
    sign_up = button(_("🚀 Sign up my business"), Where().to("new", "signup"))  # button
    return await status_of(context, where.at("status"), standings, [sign_up])


def _welcome(context: Context) -> Screen:
    """Greet somebody new in at most six lines: who this is, what for, one example."""
    _ = context.texts.gettext
    text = _(
        "👋 Karibu! I am <b>FluxPay</b>.\n"
        "I collect your clients' regular payments by M-Pesa.\n\n"
        "Example: your gym costs KES 1,500 on the 5th of each month. I send every client the "
        "M-Pesa prompt, and I tell you who has paid."
    )
    sign_up = button(_("🚀 Sign up my business"), Where().to("new", "signup"), SUCCESS)  # button
    return Screen(text=text, rows=[[sign_up], *_client_rows(context)])


def _waiting(context: Context) -> Screen:
    _ = context.texts.gettext
    text = _(
        "⏳ Your request for <b>{business}</b> is with an administrator. I will write to you as "
        "soon as it is approved."
    ).format(business=escape(context.person.display_name))
    return Screen(text=text, rows=_client_rows(context))


def _suspended(context: Context) -> Screen:
    _ = context.texts.gettext
    text = _("⛔ Your business is suspended here. Please speak with the administrator.")
    if context.person.suspension_reason:
        reason = shown(context.person.suspension_reason, limit=300)
        text += "\n\n" + _("Reason: {reason}").format(reason=reason)
    return Screen(text=text, rows=_client_rows(context))


def _client_rows(context: Context) -> list[Row]:
    _ = context.texts.gettext
    here = Where()
    return [
        [button(_("📄 What I pay for"), here.to("status"))],  # button
        [
            _other_language(context),
            button(_("❓ Help"), here.to("help")),  # button
        ],
    ]


def _other_language(context: Context) -> InlineKeyboardButton:
    """Return the button that speaks the other language at once; it is named in that one."""
    other = next(name for name in LANGUAGES if name != context.texts.language)
    return button(f"🌍 {LANGUAGE_NAMES[other]}", Where().stay("speak", other))


async def speak(context: Context, where: Where) -> Outcome:
    """Change the language, and begin again in it."""
    wanted = where.arguments[0]
    if wanted in LANGUAGES and wanted != context.texts.language:
        context.met = await context.engine.people.set_language(context.person.id, wanted)
    return Where()


async def help_screen(context: Context, where: Where) -> Outcome:
    """Say what can be done, and by which commands."""
    _ = context.texts.gettext
    if context.person.approval is Approval.APPROVED:
        text = _(
            "<b>How FluxPay works</b>\n"
            "1. Make a plan: what it costs and how often it is paid.\n"
            "2. Add a client: you get an invitation to forward.\n"
            "3. On the billing day the client's phone asks for the M-Pesa PIN, and I tell you "
            "both how it went.\n\n"
            "/menu: your business at a glance\n"
            "/newplan: make a plan\n"
            "/newclient: add a client\n"
            "/push: simulate an STK push\n"
            "/status: what you pay for yourself\n"
            "/privacy: what I keep about you\n"
            "/language: English or Kiswahili\n"
            "/cancel: leave a form"
        )
    else:
        text = _(
            "<b>How FluxPay works</b>\n"
            "A business invites you with a link. You see what it costs and accept. On the "
            "billing day your phone asks for your M-Pesa PIN. I never ask for it here.\n\n"
            "/status: what you pay for\n"
            "/privacy: what I keep about you\n"
            "/start: begin, or sign up your own business\n"
            "/language: English or Kiswahili"
        )
    return Screen(text=text, rows=[way_back(context.texts, where)])


async def locked(context: Context, where: Where) -> Outcome:
    """Say why a button with a lock can't be used now."""
    _ = context.texts.gettext
    reasons = {
        "plan": _("First make a plan: a client is always put on one."),
        "account": _("No Paybill or Till is linked yet. Link yours in the settings."),
    }
    reason = where.arguments[0] if where.arguments else ""
    return Toast(text=reasons.get(reason, _("This can't be done now.")), is_alert=True)


def one_line_help(context: Context) -> Screen:
    """Answer what was not understood."""
    _ = context.texts.gettext
    text = _("I did not understand that. The menu shows what I can do.")
    return Screen(text=text, rows=[home_row(context.texts)])
