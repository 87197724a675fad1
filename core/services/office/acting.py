"""For whom a person acts now: his own business, or one whose staff he is; and what he may do."""

from dataclasses import dataclass

from core.billing.permissions import Permission, Role, permissions_of
from core.errors import NotAllowed
from core.models import Approval, Membership, User
from core.services.audit import act_as
from core.services.office.people import PeopleService, checked_owner


@dataclass(frozen=True, slots=True)
class Acting:
    """A person in the business for which he acts."""

    person: User
    owner: User
    role: Role | None
    """None: he is the owner."""

    def may(self, permission: Permission) -> bool:
        """Tell whether he may do this here."""
        return permission in permissions_of(self.role)

    @property
    def deputy(self) -> str | None:
        """His name in the audit log where he acts in the owner's place."""
        return None if self.role is None else f"user:{self.person.id}"


class ActingService:
    """Say for whom a person acts and what he may do there, and let him choose."""

    def __init__(self, people: PeopleService) -> None:
        self._people = people

    async def get(self, telegram_id: int, *, may: Permission) -> Acting:
        """Return the person in the business for which he acts now, if he may do this there.

        Raises:
            NotAllowed: `not_an_owner`, `approval_pending`, `suspended`, or `not_your_role`.
        """
        acting = await self._acting(telegram_id)
        if not acting.may(may):
            raise NotAllowed("not_your_role")
        act_as(acting.deputy)  # Whatever this task does from here on is in his name.
        return acting

    async def _acting(self, telegram_id: int) -> Acting:
        person = await self._people.find(telegram_id)
        if person is not None and person.acts_for_id is not None:
            membership = await find_membership(person.acts_for_id, person.id)
            if membership is not None and _is_open(membership):
                return Acting(person, membership.owner, membership.role)
            if membership is not None and person.approval is not Approval.APPROVED:
                raise NotAllowed("suspended")
        owner = checked_owner(person)
        return Acting(owner, owner, None)

    async def works(self, telegram_id: int) -> bool:
        """Tell whether the person acts as somebody's staff now."""
        person = await self._people.find(telegram_id)
        if person is None or person.acts_for_id is None:
            return False
        membership = await find_membership(person.acts_for_id, person.id)
        return membership is not None and _is_open(membership)

    async def businesses(self, telegram_id: int) -> list[Acting]:
        """Return each business that the person can act for, his own first."""
        person = await self._people.find(telegram_id)
        if person is None:
            return []
        own = [Acting(person, person, None)] if person.approval is Approval.APPROVED else []
        rows = (
            await Membership.filter(user_id=person.id, member_key__not_isnull=True)
            .order_by("id")
            .select_related("owner")
        )
        return own + [
            Acting(person, row.owner, row.role)
            for row in rows
            if row.owner.approval is Approval.APPROVED
        ]

    async def act_for(self, telegram_id: int, owner_id: int) -> Acting:
        """Let the person act for this business from now on.

        Raises:
            NotAllowed: `not_your_business`.
        """
        for acting in await self.businesses(telegram_id):
            if acting.owner.id == owner_id:
                chosen = None if acting.role is None else owner_id
                await User.filter(telegram_id=telegram_id).update(acts_for_id=chosen)
                return acting
        raise NotAllowed("not_your_business")


async def find_membership(owner_id: int, user_id: int) -> Membership | None:
    """Return the role in which the person works for this owner now, None if he does not."""
    key = member_key(owner_id, user_id)
    return await Membership.get_or_none(member_key=key).select_related("owner")


def member_key(owner_id: int, user_id: int) -> str:
    """Return the guard by which a person has one role in a business."""
    return f"{owner_id}:{user_id}"


def _is_open(membership: Membership) -> bool:
    """Tell whether the business is one in which anybody may act."""
    return membership.owner.approval is Approval.APPROVED
