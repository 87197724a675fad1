"""An owner's staff: whom he invites to act in his business, in which role, and until when."""

from dataclasses import dataclass
from datetime import timedelta

from core.billing.permissions import Role
from core.cipher import sha256_hex
from core.database import transaction
from core.errors import Conflict, InvitationUnusable, NotFound
from core.models import ApiKey, Approval, Membership, User
from core.services.audit import audit
from core.services.context import Context
from core.services.facts import BOT_USERNAME, FactService
from core.services.notices import Notices
from core.services.office.acting import find_membership, member_key

LINK_PREFIX = "staff-"
_LINK_LIFETIME = timedelta(days=7)
MOST_STAFF = 50


@dataclass(frozen=True, slots=True)
class StaffInvitation:
    """A link that was just made; its token is stored as a hash alone."""

    membership: Membership
    url: str


class StaffService:
    """Invite staff, change their roles, and end them."""

    def __init__(self, context: Context, notices: Notices, facts: FactService) -> None:
        self._context = context
        self._notices = notices
        self._facts = facts

    # --- inviting -------------------------------------------------------------------------------

    async def invite(
        self, owner_id: int, role: Role, *, after: int | None = None
    ) -> StaffInvitation:
        """Make a link that one person can use to work for the owner.

        `after` is the number of links that had ever been made when he asked: a second tap makes
        no second link.

        Raises:
            Conflict: `too_many_staff`, with the `limit`, or `made_already`.
        """
        token, now = self._context.mint(), self._context.now()
        async with transaction():
            await User.filter(id=owner_id).select_for_update()
            if after is not None and await self.invited(owner_id) != after:
                raise Conflict("made_already")
            if len(await self.of(owner_id)) >= MOST_STAFF:
                raise Conflict("too_many_staff", limit=MOST_STAFF)
            membership = await Membership.create(
                owner_id=owner_id,
                role=role,
                token_hash=sha256_hex(token),
                expires_at=now + _LINK_LIFETIME,
                created_at=now,
            )
            await self._audit(membership, "invite_staff", role=role.value)
        username = await self._facts.get(BOT_USERNAME) or "FluxPay"
        return StaffInvitation(membership, f"https://t.me/{username}?start={LINK_PREFIX}{token}")

    async def invited(self, owner_id: int) -> int:
        """Return how many links the owner has ever made."""
        return await Membership.filter(owner_id=owner_id).count()

    async def of(self, owner_id: int) -> list[Membership]:
        """Return the owner's staff and the links that are still open, with their people."""
        now = self._context.now()
        rows = (
            await Membership.filter(owner_id=owner_id, ended_at=None)
            .order_by("id")
            .select_related("user")
        )
        return [row for row in rows if row.user_id is not None or row.expires_at > now]

    async def get(self, owner_id: int, membership_id: int) -> Membership:
        """Return one of them.

        Raises:
            NotFound: `staff`: it has ended, or is another owner's.
        """
        for row in await self.of(owner_id):
            if row.id == membership_id:
                return row
        raise NotFound("staff")

    async def open_invitation(self, token: str, *, telegram_id: int) -> Membership:
        """Return what the link invites to, with the owner. Who accepted it may look again.

        Raises:
            InvitationUnusable: `unknown`, `used`, `expired` or `cancelled`.
        """
        row = await Membership.get_or_none(token_hash=sha256_hex(token)).select_related(
            "owner", "user"
        )
        if row is None or row.owner.approval is not Approval.APPROVED:
            raise InvitationUnusable("unknown")
        if row.ended_at is not None:
            raise InvitationUnusable("cancelled")
        if row.user is not None and row.user.telegram_id != telegram_id:
            raise InvitationUnusable("used")
        if row.user is None and row.expires_at <= self._context.now():
            raise InvitationUnusable("expired")
        return row

    async def accept(self, token: str, *, telegram_id: int) -> Membership:
        """Work for the owner from now on; an earlier role in the same business ends.

        Raises:
            InvitationUnusable: As for `open_invitation`.
            Conflict: `own_business`.
        """
        async with transaction():
            await Membership.filter(token_hash=sha256_hex(token)).select_for_update()
            row = await self.open_invitation(token, telegram_id=telegram_id)
            person = await User.get(telegram_id=telegram_id)
            if person.id == row.owner_id:
                raise Conflict("own_business")
            if row.user_id is None:
                await self._join(row, person)
            await User.filter(id=person.id).update(acts_for_id=row.owner_id)
        return row

    async def _join(self, row: Membership, person: User) -> None:
        key, now = member_key(row.owner_id, person.id), self._context.now()
        await Membership.filter(member_key=key).update(member_key=None, ended_at=now)
        row.user, row.member_key, row.joined_at = person, key, now
        await row.save(update_fields=["user_id", "member_key", "joined_at"])
        await audit(
            self._context, f"user:{person.id}", "join_staff", f"staff:{row.id}", role=row.role
        )
        params = {"name": person.name, "role": row.role.value}
        await self._notices.owner(row.owner, "staff_joined", params, key=f"staff:{row.id}")

    # --- changing and ending --------------------------------------------------------------------

    async def set_role(self, owner_id: int, membership_id: int, role: Role) -> Membership:
        """Give one of the staff, or whoever uses the open link, another role.

        Raises:
            NotFound: `staff`.
        """
        async with transaction():
            row = await self.get(owner_id, membership_id)
            row.role = role
            await row.save(update_fields=["role"])
            await self._audit(row, "change_role", role=role.value)
        return row

    async def end(self, owner_id: int, membership_id: int) -> Membership:
        """Take a role, or an open link, back at once; the API keys he made stop working.

        Raises:
            NotFound: `staff`.
        """
        async with transaction():
            row = await self.get(owner_id, membership_id)
            await self._end(row)
            await self._audit(row, "end_staff")
            if row.user is not None:
                owner = await User.get(id=owner_id)
                await self._notices.person(
                    row.user,
                    "staff_ended",
                    {"business": owner.display_name},
                    key=f"staff_ended:{row.id}",
                )
        return row

    async def end_all(self, owner_id: int) -> None:
        """Take every role and link of a business back; belongs in the caller's DB transaction."""
        for row in await self.of(owner_id):
            await self.end(owner_id, row.id)

    async def quit(self, telegram_id: int, owner_id: int) -> None:
        """Stop working for this owner, by one's own wish.

        Raises:
            NotFound: `staff`: he does not work there.
        """
        async with transaction():
            person = await User.get(telegram_id=telegram_id)
            row = await find_membership(owner_id, person.id)
            if row is None:
                raise NotFound("staff")
            await self._end(row)
            await audit(self._context, f"user:{person.id}", "quit_staff", f"staff:{row.id}")
            params = {"name": person.name}
            await self._notices.owner(row.owner, "staff_quit", params, key=f"staff_quit:{row.id}")

    async def _end(self, row: Membership) -> None:
        row.ended_at, row.member_key = self._context.now(), None
        await row.save(update_fields=["ended_at", "member_key"])
        if row.user_id is None:
            return
        await User.filter(id=row.user_id, acts_for_id=row.owner_id).update(acts_for_id=None)
        await ApiKey.filter(owner_id=row.owner_id, made_by_id=row.user_id, revoked_at=None).update(
            revoked_at=row.ended_at
        )

    async def _audit(self, row: Membership, action: str, **after: str) -> None:
        await audit(self._context, f"user:{row.owner_id}", action, f"staff:{row.id}", **after)
