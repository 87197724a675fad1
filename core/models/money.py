"""What is owed, how it was asked for, and what really arrived."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from core.billing.lifecycle import PushState, TransactionStatus
from core.models.catalog import Client, Subscription
from core.models.people import MerchantAccount, User


class Transaction(Model):
    """What is owed for one period of a subscription, or one one-off charge."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="transactions", on_delete=fields.RESTRICT
    )
    owner_id: int
    subscription: fields.ForeignKeyNullableRelation[Subscription] = fields.ForeignKeyField(
        "core.Subscription", related_name="transactions", null=True, on_delete=fields.RESTRICT
    )
    subscription_id: int | None
    client: fields.ForeignKeyNullableRelation[Client] = fields.ForeignKeyField(
        "core.Client", related_name="transactions", null=True, on_delete=fields.RESTRICT
    )
    client_id: int | None
    phone_number = fields.CharField(max_length=12)
    amount_kes = fields.IntField()
    paid_kes = fields.IntField(default=0)
    status = fields.CharEnumField(TransactionStatus, max_length=8)
    bill_key = fields.CharField(max_length=60, unique=True, null=True)
    """Guard: `subscription:period_start`, so that a period is billed once."""
    period_start = fields.DateField(null=True)
    period_end = fields.DateField(null=True)
    """Exclusive: the next period starts there."""
    account_reference = fields.CharField(max_length=12)
    description = fields.CharField(max_length=13, default="")
    retry_count = fields.IntField(default=0)
    """Retries so far: prompts after the first that were asked for by the timetable."""
    busy_count = fields.IntField(default=0)
    """Tries in a row that never reached a phone."""
    next_attempt_at = fields.DatetimeField(null=True, db_index=True)
    mpesa_receipt_no = fields.CharField(max_length=20, null=True, db_index=True)
    daraja_request_id = fields.CharField(max_length=120, null=True, db_index=True)
    """CheckoutRequestID of the newest push."""
    failure_code = fields.CharField(max_length=40, null=True)
    """Outcome of the newest failed prompt, or the code of a refusal."""
    failure_detail = fields.CharField(max_length=500, null=True)
    needs_person_at = fields.DatetimeField(null=True)
    """Since when only a person can take it on."""
    max_retries = fields.IntField(null=True)
    grace_days = fields.IntField(null=True)
    """The policy it is dunned by, from its first failure on, whatever its owner changes later."""
    status_chat_id = fields.BigIntField(null=True)
    status_message_id = fields.BigIntField(null=True)
    """The chat message that shows how a push that a person asked for goes, edited as it goes."""
    settled_at = fields.DatetimeField(null=True)
    void_reason = fields.CharField(max_length=200, null=True)
    """Why the owner has dropped it; None if it ended with its subscription."""
    created_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "transactions"
        indexes = (("status", "next_attempt_at"), ("subscription_id",), ("client_id",))


class PushOrigin(StrEnum):
    """Who wanted a prompt. Only automatic ones count towards a phone's two a day."""

    AUTOMATIC = "AUTOMATIC"
    PERSON = "PERSON"


class StkPush(Model):
    """One prompt to one phone."""

    id = fields.BigIntField(primary_key=True)
    transaction: fields.ForeignKeyRelation[Transaction] = fields.ForeignKeyField(
        "core.Transaction", related_name="pushes", on_delete=fields.RESTRICT
    )
    transaction_id: int
    merchant_account: fields.ForeignKeyNullableRelation[MerchantAccount] = fields.ForeignKeyField(
        "core.MerchantAccount", related_name="pushes", null=True, on_delete=fields.RESTRICT
    )
    merchant_account_id: int | None
    """None: the platform's own account."""
    shortcode = fields.CharField(max_length=10)
    token_hash = fields.CharField(max_length=64, unique=True)
    """SHA-256 of the secret token in this push's callback URL."""
    phone_number = fields.CharField(max_length=12)
    amount_kes = fields.IntField()
    origin = fields.CharEnumField(PushOrigin, max_length=10)
    state = fields.CharEnumField(PushState, max_length=8)
    live_transaction_id = fields.BigIntField(unique=True, null=True)
    """Guard: one live prompt for a transaction."""
    live_phone = fields.CharField(max_length=12, unique=True, null=True)
    """Guard: one live prompt for a phone."""
    merchant_request_id = fields.CharField(max_length=120, null=True)
    checkout_request_id = fields.CharField(max_length=120, null=True, db_index=True)
    result_code = fields.CharField(max_length=40, null=True)
    result_desc = fields.CharField(max_length=500, null=True)
    outcome = fields.CharField(max_length=20, null=True)
    claimed_receipt = fields.CharField(max_length=20, null=True)
    """A receipt from a door that proves nothing, kept until a query confirms the payment."""
    watcher_chat_id = fields.BigIntField(null=True)
    watcher_message_id = fields.BigIntField(null=True)
    """The message in the client's chat that shows him how the prompt goes he asked for."""
    queries = fields.IntField(default=0)
    next_query_at = fields.DatetimeField(null=True, db_index=True)
    queried_at = fields.DatetimeField(null=True, db_index=True)
    created_at = fields.DatetimeField(db_index=True)
    sent_at = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)

    class Meta:
        """Name the table."""

        table = "stk_pushes"
        indexes = (("phone_number", "created_at"), ("state", "created_at"), ("transaction_id",))


class PaymentSource(StrEnum):
    """The door that money's news came in through."""

    STK = "STK"
    C2B = "C2B"
    CASH = "CASH"
    BANK = "BANK"
    SMS = "SMS"


class Payment(Model):
    """Money that really arrived.

    What is not allocated is the client's credit, or in suspense while nobody knows whose it is.
    """

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="payments", on_delete=fields.RESTRICT
    )
    owner_id: int
    client: fields.ForeignKeyNullableRelation[Client] = fields.ForeignKeyField(
        "core.Client", related_name="payments", null=True, on_delete=fields.RESTRICT
    )
    client_id: int | None
    push: fields.ForeignKeyNullableRelation[StkPush] = fields.ForeignKeyField(
        "core.StkPush", related_name="payments", null=True, on_delete=fields.RESTRICT
    )
    push_id: int | None
    push_key = fields.BigIntField(unique=True, null=True)
    """Guard: the push that this money answered. One push brings money once."""
    source = fields.CharEnumField(PaymentSource, max_length=8)
    receipt = fields.CharField(max_length=20, unique=True, null=True)
    """Guard: an M-Pesa receipt counts once. None while a success is known by query alone."""
    is_verified = fields.BooleanField()
    """The receipt came from a door that proves it."""
    amount_kes = fields.IntField()
    credit_kes = fields.IntField(default=0)
    """What is not allocated to any transaction."""
    phone_number = fields.CharField(max_length=12, null=True)
    paid_at = fields.DatetimeField()
    created_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "payments"
        indexes = (("client_id", "credit_kes"), ("credit_kes",))


class Allocation(Model):
    """Which transaction a payment paid, and how much of it."""

    id = fields.BigIntField(primary_key=True)
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField(
        "core.Payment", related_name="allocations", on_delete=fields.RESTRICT
    )
    payment_id: int
    transaction: fields.ForeignKeyRelation[Transaction] = fields.ForeignKeyField(
        "core.Transaction", related_name="allocations", on_delete=fields.RESTRICT
    )
    transaction_id: int
    amount_kes = fields.IntField()
    created_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "allocations"
        indexes = (("payment_id",), ("transaction_id",))
