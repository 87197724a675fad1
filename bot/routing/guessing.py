"""What somebody may mean who types outside a form: a number, a name, an amount, or a contact."""

from bot.context import Context
from bot.forms.filling import Outcome, begin
from bot.forms.inputs import plain_digits
from bot.looks.places import Where
from bot.looks.screen import PRIMARY, SUCCESS, Row, Screen, button, home_row
from bot.owner.clients.client_form import NEW_CLIENT
from bot.owner.clients.client_lists import found
from bot.routing.home import one_line_help
from core.billing.money import MIN_CHARGE_KES, check_amount, parse_kes
from core.billing.permissions import Permission
from core.billing.phone import local_phone
from core.billing.search import find_phone, read_search
from core.errors import InvalidValue, NotAllowed

_FEWEST_LETTERS = 2  # One letter is in every other name.


async def guess(context: Context, text: str) -> Outcome:
    """Return what the words may lead to; with no idea, one line and the way to the menu."""
    try:
        owner = await context.owner(Permission.SEE)
    except NotAllowed:
        return one_line_help(context)
    digits = plain_digits(text)
    if read_search(digits).digits:  # Else it is a name, which stays as it was typed.
        text = digits
    phone = find_phone(digits)
    amount_kes = None if phone else _amount(digits)
    if len(text.strip()) >= _FEWEST_LETTERS:
        page = await context.engine.directory.page(owner.id, text=text)
        if page.total == 1 and amount_kes is None:
            return Where().at("client", page.entries[0].client.id)
        if page.total:
            screen = found(context, Where("search"), page)
            return _with_amount(context, screen, amount_kes) if amount_kes else screen
    if phone is not None:
        return _unknown_phone(context, phone)
    if amount_kes is not None:
        return _about_amount(context, amount_kes)
    return one_line_help(context)


def _amount(text: str) -> int | None:
    if text.strip().startswith("0"):
        return None  # So begins a number, and no amount.
    try:
        return check_amount(parse_kes(text), minimum=MIN_CHARGE_KES)
    except InvalidValue:
        return None


def _unknown_phone(context: Context, phone: str) -> Screen:
    _ = context.texts.gettext
    text = _("No client of yours has the number {phone}. What shall I do with it?").format(
        phone=local_phone(phone)
    )
    add = button(
        _("🆕 Add as a client"), Where().to("new", "clientphone", phone), SUCCESS
    )  # button
    push = button(_("📲 Send one prompt"), Where().to("new", "pushphone", phone))  # button
    return Screen(text=text, rows=[[add], [push], home_row(context.texts)])


def _about_amount(context: Context, amount_kes: int) -> Screen:
    _ = context.texts.gettext
    text = _("{amount}: shall I ask somebody for it?").format(amount=context.texts.kes(amount_kes))
    return Screen(text=text, rows=[_amount_row(context, amount_kes), home_row(context.texts)])


def _with_amount(context: Context, screen: Screen, amount_kes: int) -> Screen:
    """Add to clients whose numbers hold these digits that an amount may be meant."""
    *rows, last = screen.rows
    return Screen(text=screen.text, rows=[*rows, _amount_row(context, amount_kes), last])


def _amount_row(context: Context, amount_kes: int) -> Row:
    _ = context.texts.gettext
    words = _("📲 Ask for {amount}").format(amount=context.texts.kes(amount_kes))  # button
    return [button(words, Where().to("new", "pushamount", amount_kes), PRIMARY)]


async def guess_contact(context: Context, *, name: str, phone: str) -> Outcome:
    """Open the client whose contact was shared, or begin to add him."""
    _ = context.texts.gettext
    try:
        owner = await context.owner()
    except NotAllowed:
        return one_line_help(context)
    number = find_phone(phone)
    if number is None:
        text = _("This contact has no Kenyan mobile number, so M-Pesa can't ask it for money.")
        return Screen(text=text, rows=[home_row(context.texts)])
    known = await context.engine.clients.find_by_phone(owner.id, number)
    if known is not None:
        return Where().at("client", known.id)
    if not (await context.engine.plans.page(owner.id, limit=1)).items:
        return Where().at("new", "client")  # It says that a plan comes first.
    given = {"name": name[:100]} if name.strip() else {}
    return await begin(context, NEW_CLIENT, Where(), **given, phone_number=number)
