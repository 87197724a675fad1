"""The tables: data and constraints, no decisions.

Instants end in `_at` and are UTC, dates end in `_on` or `_date` and belong to the business zone,
money ends in `_kes` and is whole shillings.

Each guard of a promise is one nullable column with `unique=True` that is cleared when it no
longer holds: on SQLite and on PostgreSQL alike many NULLs may stand beside each other, and of the
ways tried only a column's own `unique` survives Tortoise's migrations on both. No docstring here
may hold a semicolon: on SQLite it breaks the migration.
"""

from core.models.catalog import (
    Client,
    RetiredInvitation,
    Retirement,
    ServicePlan,
    Subscription,
)
from core.models.exchange import (
    DarajaToken,
    Email,
    Fact,
    IdempotencyKey,
    InboundEvent,
    InboundSource,
    Notification,
    NotificationState,
    Pace,
)
from core.models.money import (
    Allocation,
    Payment,
    PaymentSource,
    PushOrigin,
    StkPush,
    Transaction,
)
from core.models.people import (
    ApiKey,
    Approval,
    AuditEntry,
    BlockedNumber,
    Dialog,
    Membership,
    MerchantAccount,
    Preferences,
    PromptStop,
    User,
)

__all__ = [
    "Allocation",
    "ApiKey",
    "Approval",
    "AuditEntry",
    "BlockedNumber",
    "Client",
    "DarajaToken",
    "Dialog",
    "Email",
    "Fact",
    "IdempotencyKey",
    "InboundEvent",
    "InboundSource",
    "Membership",
    "MerchantAccount",
    "Notification",
    "NotificationState",
    "Pace",
    "Payment",
    "PaymentSource",
    "Preferences",
    "PromptStop",
    "PushOrigin",
    "RetiredInvitation",
    "Retirement",
    "ServicePlan",
    "StkPush",
    "Subscription",
    "Transaction",
    "User",
]
