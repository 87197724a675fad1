"""Who may do what in a business: its owner, and the staff that he has invited."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a member of staff is."""

    CASHIER = "CASHIER"
    """Looks things up, takes money down and asks for it."""
    MANAGER = "MANAGER"
    """Runs the business in the owner's place."""


class Permission(StrEnum):
    """What a person may do in a business. Each use case asks for one of them."""

    SEE = "SEE"
    """Clients, plans and transactions."""
    RECORD = "RECORD"
    """Record money and ask for it."""
    MANAGE = "MANAGE"
    """Plans, clients, settings, refunds, the books as a file."""
    OWN = "OWN"
    """Staff, the Paybill or Till, leaving."""


OF_OWNER = frozenset(Permission)
OF_STAFF: Mapping[Role, frozenset[Permission]] = {
    Role.CASHIER: frozenset({Permission.SEE, Permission.RECORD}),
    Role.MANAGER: frozenset({Permission.SEE, Permission.RECORD, Permission.MANAGE}),
}


def permissions_of(role: Role | None) -> frozenset[Permission]:
    """Return what a role may do; None stands for the owner himself."""
    return OF_OWNER if role is None else OF_STAFF[role]
