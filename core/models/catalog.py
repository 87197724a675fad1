"""What is sold, to whom, and on what dates."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from core.billing.lifecycle import SubscriptionStatus
from core.billing.periods import Frequency, Renewal, Schedule, running
from core.models.people import User


class ServicePlan(Model):
    """What an owner sells, and how often it is paid."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="plans", on_delete=fields.RESTRICT
    )
    owner_id: int
    name = fields.CharField(max_length=100)
    amount_kes = fields.IntField()
    """The price for new subscriptions. A running one keeps its own."""
    frequency = fields.CharEnumField(Frequency, max_length=12)
    interval_count = fields.IntField(default=1)
    billing_day = fields.IntField(null=True)
    renewal = fields.CharEnumField(Renewal, max_length=8, default=Renewal.FIXED)
    archived_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "service_plans"

    @property
    def schedule(self) -> Schedule:
        """When it is paid, as a value for the rules."""
        return Schedule(
            frequency=self.frequency,
            interval_count=self.interval_count,
            billing_day=self.billing_day,
            renewal=self.renewal,
        )


class Client(Model):
    """Who pays an owner."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="clients", on_delete=fields.RESTRICT
    )
    owner_id: int
    name = fields.CharField(max_length=100)
    phone_number = fields.CharField(max_length=12, db_index=True)
    email = fields.CharField(max_length=254, null=True)
    same_person_key = fields.CharField(max_length=60, unique=True, null=True)
    """Guard: `owner:phone` of the client that a phone means by itself. Empty for another person
    on the same phone, whom the owner entered as such."""
    telegram_id = fields.BigIntField(null=True, db_index=True)
    """His chat, from the moment he opened his invitation."""
    language = fields.CharField(max_length=8, default="en")
    blocked_at = fields.DatetimeField(null=True)
    """Since when Telegram refuses our messages to him."""
    reminders_off_at = fields.DatetimeField(null=True)
    """Since when he wants no reminders. Receipts and prompts come all the same."""
    phone_confirmed_at = fields.DatetimeField(null=True)
    """When he shared the number as his own, or typed the one that his owner had entered."""
    phone_claimed_at = fields.DatetimeField(null=True)
    """When he typed another number than his owner's. Nobody else has vouched for it."""
    erased_at = fields.DatetimeField(null=True)
    """When he had his data deleted: what is left belongs to the owner's books."""
    created_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "clients"

    @property
    def chosen_language(self) -> str | None:
        """The language of his own chat, None for somebody who was never in one."""
        return self.language if self.telegram_id is not None else None


class Subscription(Model):
    """A client on a plan."""

    id = fields.BigIntField(primary_key=True)
    owner: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "core.User", related_name="subscriptions", on_delete=fields.RESTRICT
    )
    owner_id: int
    client: fields.ForeignKeyRelation[Client] = fields.ForeignKeyField(
        "core.Client", related_name="subscriptions", on_delete=fields.RESTRICT
    )
    client_id: int
    plan: fields.ForeignKeyRelation[ServicePlan] = fields.ForeignKeyField(
        "core.ServicePlan", related_name="subscriptions", on_delete=fields.RESTRICT
    )
    plan_id: int
    amount_kes = fields.IntField()
    """The price agreed when it began."""
    status = fields.CharEnumField(SubscriptionStatus, max_length=20)
    anchor_date = fields.DateField()
    """Cycle 0. The date of any cycle is counted from here, never from the last date."""
    cycle_number = fields.IntField(default=0)
    """The cycle that falls due on next_billing_date."""
    next_billing_date = fields.DateField(db_index=True)
    first_date_chosen = fields.BooleanField(default=False)
    """The owner picked the first date himself, so activation does not move it."""
    suspend_at = fields.DatetimeField(null=True, db_index=True)
    """When the grace after the last retry is over."""
    cancel_at = fields.DatetimeField(null=True)
    """When it ends, as its owner or client wished: the end of a period that is billed already."""
    resume_on = fields.DateField(null=True)
    """The day from which a paused one goes on by itself."""
    next_plan: fields.ForeignKeyNullableRelation[ServicePlan] = fields.ForeignKeyField(
        "core.ServicePlan", related_name="awaited_by", null=True, on_delete=fields.RESTRICT
    )
    next_plan_id: int | None
    """The plan from the next period on."""
    next_amount_kes = fields.IntField(null=True)
    """The price agreed for it."""
    parked_at = fields.DatetimeField(null=True)
    """Since when too many missed periods wait for the owner's word. No bill is made meanwhile."""
    paused_by_client_at = fields.DatetimeField(null=True)
    """The client paused it himself, so he may go on himself. None for an owner's pause."""
    invitation_token = fields.CharField(max_length=64, unique=True, null=True)
    invitation_expires_at = fields.DatetimeField(null=True)
    invitation_opened_at = fields.DatetimeField(null=True)
    """When somebody first looked at the link."""
    activated_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "subscriptions"
        indexes = (("status", "next_billing_date"), ("cancel_at",), ("resume_on",))

    @property
    def schedule(self) -> Schedule:
        """When it is paid from its anchor on. Its plan must be loaded."""
        return running(self.plan.schedule)


class Retirement(StrEnum):
    """Why a link stopped working before its time."""

    REPLACED = "REPLACED"
    """A newer one was sent."""
    REVOKED = "REVOKED"


class RetiredInvitation(Model):
    """A link that its owner took back, so that whoever opens it is told so."""

    id = fields.BigIntField(primary_key=True)
    subscription: fields.ForeignKeyRelation[Subscription] = fields.ForeignKeyField(
        "core.Subscription", related_name="retired_invitations", on_delete=fields.RESTRICT
    )
    subscription_id: int
    token = fields.CharField(max_length=64, unique=True)
    reason = fields.CharEnumField(Retirement, max_length=10)
    retired_at = fields.DatetimeField()

    class Meta:
        """Name the table."""

        table = "retired_invitations"
