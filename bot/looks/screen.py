"""What is shown: a text with buttons, and what happens beside it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bot.looks.places import Where
from bot.words.texts import Texts

PRIMARY = KeyboardButtonStyle.PRIMARY
SUCCESS = KeyboardButtonStyle.SUCCESS
DANGER = KeyboardButtonStyle.DANGER

Row = Sequence[InlineKeyboardButton]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """One message of the bot."""

    text: str
    """HTML; everything that people typed is escaped in it."""
    rows: Sequence[Row] = field(default_factory=tuple)
    toast: str | None = None
    """Plain text, at most 200 characters, shown for a moment to whoever pressed a button."""
    is_alert: bool = False
    """He must tap the toast away."""
    photo: bytes | None = None
    """A picture, of which the text is the caption: at most 1024 characters."""
    is_below: bool = False
    """A message of its own, to be kept: the pressed one stays as it is."""
    afterwards: Callable[[int], Awaitable[None]] | None = None
    """Called with the id of the message once it is shown."""

    @property
    def keyboard(self) -> InlineKeyboardMarkup | None:
        """The buttons as Telegram takes them."""
        return InlineKeyboardMarkup(self.rows) if self.rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """An answer to a press that leaves the screen as it is."""

    text: str | None = None
    is_alert: bool = False


def button(text: str, data: str, style: str | None = None) -> InlineKeyboardButton:
    """Return a button that leads to a place."""
    return InlineKeyboardButton(text, callback_data=data, style=style)


def in_rows(buttons: Iterable[InlineKeyboardButton], columns: int) -> list[Row]:
    """Lay the buttons out, so many in a row."""
    row = list(buttons)
    return [row[start : start + columns] for start in range(0, len(row), columns)]


def way_back(texts: Texts, where: Where) -> Row:
    """Return the row that every screen but home ends with."""
    _ = texts.gettext
    home = button(_("🏠 Home"), Where().stay("home"))  # button
    return [button(_("◀ Back"), where.back()), home]  # button


def home_row(texts: Texts) -> Row:
    """Return the one button of a message that nobody came to from anywhere."""
    _ = texts.gettext
    return [button(_("🏠 Home"), Where().stay("home"))]  # button
