"""Words for what has a code: kinds of account, roles of staff."""

from bot.words.texts import Texts
from core.billing.permissions import Role
from core.ports import MerchantKind

LANGUAGE_NAMES = {"en": "English", "sw": "Kiswahili"}


def kind_name(texts: Texts, kind: MerchantKind) -> str:
    """Return the word for a kind of account."""
    _ = texts.gettext
    return {MerchantKind.PAYBILL: _("Paybill"), MerchantKind.TILL: _("Till")}[kind]


def role_name(texts: Texts, role: Role) -> str:
    """Return the word for a role."""
    _ = texts.gettext
    return {Role.CASHIER: _("cashier"), Role.MANAGER: _("manager")}[role]
