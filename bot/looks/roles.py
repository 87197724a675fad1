"""A screen as somebody's staff sees it: without the buttons that his role does not allow.

What he may do is decided when a button is pressed, whoever sent it; this only spares him buttons
that would be refused.
"""

from dataclasses import replace

from telegram import InlineKeyboardButton

from bot.looks.places import read_place
from bot.looks.screen import Screen
from core.billing.permissions import Permission
from core.services.office.acting import Acting

_MANAGERS = frozenset(
    {
        "activate",
        "archive",
        "cancel",
        "endlater",
        "goon",
        "invite",
        "keepplan",
        "locked:plan",
        "mail",
        "missed",
        "new:client",
        "new:clientphone",
        "new:letter",
        "new:more",
        "new:pause",
        "new:phone",
        "new:plan",
        "new:rename",
        "new:reprice",
        "new:void",
        "newplan",
        "pause",
        "qr",
        "resumesub",
        "revoke",
    }
)


def as_allowed(acting: Acting | None, screen: Screen) -> Screen:
    """Return the screen without a manager's buttons, if the person is less than that."""
    if acting is None or acting.may(Permission.MANAGE):
        return screen
    rows = [[button for button in row if not _is_managers(button)] for row in screen.rows]
    return replace(screen, rows=[row for row in rows if row])


def _is_managers(button: InlineKeyboardButton) -> bool:
    where = read_place(str(button.callback_data or ""))
    if where is None:
        return False
    return where.name in _MANAGERS or ":".join(where.here.split(":")[:2]) in _MANAGERS
