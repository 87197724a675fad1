"""Who uses FluxPay, what they may do, and the form they are filling in."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from core.billing.permissions import Role
from core.ports import MerchantKind


class Approval(StrEnum):
    """Whether a person may run a business here."""

    NONE = "NONE"
    """He has not asked: a client, or somebody who only looked in."""
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    SUSPENDED = "SUSPENDED"


class User(Model):
    """A person who uses the bot. As an owner he has a business."""

    id = fields.BigIntField(primary_key=True)
    telegram_id = fields.BigIntField(unique=True)
    name = fields.CharField(max_length=200, default="")
    language = fields.CharField(max_length=8, default="en")
    time_zone = fields.CharField(max_length=64, default="Africa/Nairobi")
    business_name = fields.CharField(max_length=100, null=True)
    approval = fields.CharEnumField(Approval, max_length=12, default=Approval.NONE)
    uses_platform_account = fields.BooleanField(default=False)
    """An admin ticked him: his clients may pay to the platform's own Paybill or Till."""
    suspension_reason = fields.CharField(max_length=300, null=True)
    """Why an admin suspended his business, in words that he may read."""
    acts_for_id = fields.BigIntField(null=True)
    """The owner as whose staff he works in the chat now. None: for himself."""
    left_at = fields.DatetimeField(null=True)
    """Since when he runs no business any more, by his own wish."""
    blocked_at = fields.DatetimeField(null=True)
    """Since when Telegram refuses our messages to him."""
    created_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "users"

    @property
    def display_name(self) -> str:
        """The business's name, else the person's."""
        return shown_name(self.business_name, self.name)


def shown_name(business_name: str | None, name: str) -> str:
    """Return how clients know an owner."""
    return business_name or name or "FluxPay"


class MerchantAccount(Model):
    """An owner's own Paybill or Till. Its three secrets are stored encrypted."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="merchant_accounts", on_delete=fields.RESTRICT
    )
    owner_id: int
    owner_key = fields.CharField(max_length=40, unique=True, null=True)
    """Guard: the owner's id while this is the account in use, so that he has one."""
    kind = fields.CharEnumField(MerchantKind, max_length=8)
    shortcode = fields.CharField(max_length=10)
    till = fields.CharField(max_length=10, null=True)
    consumer_key_encrypted = fields.TextField()
    consumer_secret_encrypted = fields.TextField()
    passkey_encrypted = fields.TextField()
    checking_transaction_id = fields.BigIntField(null=True)
    """The test payment on whose end it depends whether this becomes the account in use."""
    created_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "merchant_accounts"


class ApiKey(Model):
    """A key of an owner to the HTTP API. Only its SHA-256 is stored."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="api_keys", on_delete=fields.RESTRICT
    )
    owner_id: int
    key_hash = fields.CharField(max_length=64, unique=True)
    hint = fields.CharField(max_length=8, null=True)
    """Its last characters, by which its owner knows it again."""
    made_by_id = fields.BigIntField(null=True)
    """The member of staff who made it, and with whom it goes. None: the owner."""
    created_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        """Name the table."""

        table = "api_keys"


class Membership(Model):
    """What a person may do in an owner's business. Without a person it is an invitation."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="staff", on_delete=fields.RESTRICT
    )
    owner_id: int
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="memberships", null=True, on_delete=fields.RESTRICT
    )
    user_id: int | None
    role = fields.CharEnumField(Role, max_length=8)
    member_key = fields.CharField(max_length=40, unique=True, null=True)
    """Guard: `owner:user` while it holds, so that a person has one role in a business."""
    token_hash = fields.CharField(max_length=64, unique=True, null=True)
    """SHA-256 of the link's token. None once the link is used or taken back."""
    expires_at = fields.DatetimeField()
    """Until when the link can be used."""
    created_at = fields.DatetimeField()
    joined_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        """Name the table."""

        table = "memberships"


class Preferences(Model):
    """How an owner wants his business run. What is None is as the operator has it."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="preferences", on_delete=fields.RESTRICT
    )
    owner_id: int
    owner_key = fields.BigIntField(unique=True)
    """Guard: the owner's id, so that he has one row."""
    billing_minute = fields.IntField(null=True)
    """Minutes after midnight, as all times of day here."""
    start_minute = fields.IntField(null=True)
    end_minute = fields.IntField(null=True)
    """The sociable hours, the end exclusive. Both are set or none."""
    max_retries = fields.IntField(null=True)
    grace_days = fields.IntField(null=True)
    notices = fields.JSONField[dict[str, str]](default=dict)
    """A mode for each kind of notice that is not simply on."""
    digest_minute = fields.IntField(null=True)
    """When the daily summary goes out. None: never."""
    digest_on = fields.DateField(null=True)
    """The newest day that has had its summary."""

    class Meta:
        """Name the table."""

        table = "preferences"


class Dialog(Model):
    """A form in the middle of being filled in, at most one for a person."""

    id = fields.BigIntField(primary_key=True)
    telegram_id = fields.BigIntField(unique=True)
    """Whose it is. A stranger's first form has no User row yet."""
    form = fields.CharField(max_length=40)
    step = fields.CharField(max_length=40)
    answers = fields.JSONField[dict[str, object]](default=dict)
    message_id = fields.BigIntField(null=True)
    """The message that shows the form, edited in place."""
    updated_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "dialogs"


class BlockedNumber(Model):
    """A phone whose holder wants no prompts, from whomever."""

    id = fields.BigIntField(primary_key=True)
    phone_number = fields.CharField(max_length=12, unique=True)
    """Guard: a number is blocked once, by one person's wish."""
    by = fields.CharField(max_length=60)
    """`client:2001` for its holder in that chat, `admin:9001`."""
    at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "blocked_numbers"


class PromptStop(Model):
    """While this row is there nobody is prompted, whoever owns the bill and whoever asks."""

    id = fields.BigIntField(primary_key=True)
    stop_key = fields.CharField(max_length=10, unique=True)
    """Guard: always `all`, so that there is one stop at a time."""
    reason = fields.CharField(max_length=300)
    """In words that owners and clients may read."""
    by = fields.CharField(max_length=60)
    """`admin:9001`."""
    at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "prompt_stops"


class AuditEntry(Model):
    """Who did what to which row."""

    id = fields.BigIntField(primary_key=True)
    actor = fields.CharField(max_length=60)
    """`user:7`, `api_key:3 of user:7` (who made the key), `admin:1`, `system`."""
    action = fields.CharField(max_length=60)
    subject = fields.CharField(max_length=60)
    """`subscription:12` and the like."""
    before = fields.JSONField[dict[str, object]](null=True)
    after = fields.JSONField[dict[str, object]](null=True)
    at = fields.DatetimeField(db_index=True)

    class Meta:
        """Name the table."""

        table = "audit_entries"
