"""What machines tell us, what must be told to people, and what processes share."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from core.models.people import User


class InboundSource(StrEnum):
    """Which machine spoke."""

    STK = "STK"
    TELEGRAM = "TELEGRAM"


class InboundEvent(Model):
    """What a machine told us, word for word. Stored before it is acknowledged."""

    id = fields.BigIntField(primary_key=True)
    source = fields.CharEnumField(InboundSource, max_length=10)
    dedupe_key = fields.CharField(max_length=64, unique=True)
    """Guard: SHA-256 of source, path token and body, or of the bot and Telegram's update_id."""
    token_hash = fields.CharField(max_length=64, null=True)
    """SHA-256 of the path's token. None on the plain path."""
    sort_key = fields.BigIntField(null=True)
    """Telegram: update_id."""
    subject = fields.BigIntField(null=True)
    """Telegram: whose update it is, so that one person's are handled in order."""
    body = fields.BinaryField()
    received_at = fields.DatetimeField(db_index=True)
    leased_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    handled_at = fields.DatetimeField(null=True, db_index=True)
    outcome = fields.CharField(max_length=60, null=True)
    """`settled`, `duplicate`, `parked:amount_differs` and the like."""

    class Meta:
        """Name the table."""

        table = "inbound_events"
        indexes = (("source", "handled_at", "id"),)


class NotificationState(StrEnum):
    """How far a notice has come."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    UNREACHABLE = "UNREACHABLE"
    FAILED = "FAILED"


class Notification(Model):
    """What must be told to whom, written in the transaction that makes it true (the outbox)."""

    id = fields.BigIntField(primary_key=True)
    dedupe_key = fields.CharField(max_length=120, unique=True)
    """Guard: one event is announced to one reader once."""
    chat_id = fields.BigIntField(db_index=True)
    language = fields.CharField(max_length=8, default="en")
    template = fields.CharField(max_length=40)
    params = fields.JSONField[dict[str, object]](default=dict)
    edit_message_id = fields.BigIntField(null=True)
    is_silent = fields.BooleanField(null=True)
    """It arrives without a sound. None is no."""
    not_before = fields.DatetimeField()
    leased_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    state = fields.CharEnumField(
        NotificationState, max_length=12, default=NotificationState.QUEUED
    )
    detail = fields.CharField(max_length=300, null=True)
    message_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        """Name the table."""

        table = "notifications"
        indexes = (("state", "not_before"),)


class Email(Model):
    """One e-mail that must go out, written in the transaction that makes it true."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="emails", on_delete=fields.RESTRICT
    )
    owner_id: int
    dedupe_key = fields.CharField(max_length=120, unique=True)
    """Guard: one event is written of to one address once."""
    subject = fields.CharField(max_length=60, db_index=True)
    """What it is about: `subscription:12`."""
    address = fields.CharField(max_length=254)
    language = fields.CharField(max_length=8, default="en")
    template = fields.CharField(max_length=40)
    params = fields.JSONField[dict[str, object]](default=dict)
    not_before = fields.DatetimeField()
    leased_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    state = fields.CharEnumField(
        NotificationState, max_length=12, default=NotificationState.QUEUED
    )
    detail = fields.CharField(max_length=300, null=True)
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        """Name the table."""

        table = "emails"
        indexes = (("state", "not_before"),)


class IdempotencyKey(Model):
    """An API caller's own key for a POST, and the first answer to it."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="idempotency_keys", on_delete=fields.RESTRICT
    )
    owner_id: int
    scope_key = fields.CharField(max_length=64, unique=True)
    """Guard: SHA-256 of owner, method, path and the caller's key."""
    request_hash = fields.CharField(max_length=64)
    """SHA-256 of the body: the same key with another body is a conflict."""
    status = fields.IntField(null=True)
    """HTTP status of the first answer. None while it is being made."""
    body = fields.TextField(null=True)
    transaction_id = fields.BigIntField(null=True)
    """The charge behind an unfinished answer, so that a crash between loses nothing."""
    created_at = fields.DatetimeField(db_index=True)

    class Meta:
        """Name the table."""

        table = "idempotency_keys"


class DarajaToken(Model):
    """The one live OAuth token of a consumer key, shared by all processes."""

    id = fields.BigIntField(primary_key=True)
    key_hash = fields.CharField(max_length=64, unique=True)
    """SHA-256 of the consumer key."""
    token_encrypted = fields.TextField(null=True)
    expires_at = fields.DatetimeField(null=True)
    fetching_until = fields.DatetimeField(null=True)
    """While a process fetches a new one, the others wait."""

    class Meta:
        """Name the table."""

        table = "daraja_tokens"


class Pace(Model):
    """How fast pushes of one shortcode may go, shared by all processes."""

    id = fields.BigIntField(primary_key=True)
    shortcode = fields.CharField(max_length=10, unique=True)
    paused_until = fields.DatetimeField(null=True)
    """Spike arrest or quota: nothing goes out before."""
    pauses = fields.IntField(default=0)
    """Pauses in a row, each longer than the last."""
    filled_until = fields.DatetimeField(null=True)
    """Up to when the pushes that went fill the limit of so many a second."""
    halted_at = fields.DatetimeField(null=True)
    """A configuration fault: nothing goes out until somebody resumes or mends the settings."""
    halt_detail = fields.CharField(max_length=300, null=True)
    halted_credentials = fields.CharField(max_length=64, null=True)
    """SHA-256 of the credentials that failed. Others are tried at once."""

    class Meta:
        """Name the table."""

        table = "paces"


class Fact(Model):
    """A small thing that one process tells the others, such as the bot's name."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=60, unique=True)
    value = fields.TextField()

    class Meta:
        """Name the table."""

        table = "facts"
