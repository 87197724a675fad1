"""Keys to the HTTP API: shown once, stored as a hash."""

from core.cipher import sha256_hex
from core.database import transaction
from core.errors import Conflict, NotFound
from core.models import ApiKey, Approval, User
from core.services.audit import act_as, audit
from core.services.context import Context
from core.services.office.people import PeopleService

MOST_KEYS = 10
_PREFIX = "fp_"
_HINT_LENGTH = 4


class ApiKeyService:
    """Make keys and recognise them."""

    def __init__(self, context: Context, people: PeopleService) -> None:
        self._context = context
        self._people = people

    async def issue(self, *, telegram_id: int) -> str:
        """Return a new key of the owner, who is made and approved if he is new."""
        owner = await self._people.register_owner(telegram_id)
        return await self._make(owner.id, made_by_id=None)

    async def make(
        self, owner_id: int, *, made_by_id: int | None, after: int | None = None
    ) -> str:
        """Return a new key of the owner; `made_by_id` is a member of staff, and it goes with him.

        `after` is the number of keys that had ever been made when he asked: a second tap makes
        no second key.

        Raises:
            Conflict: `too_many_keys`, with the `limit`, or `made_already`.
        """
        async with transaction():
            await User.filter(id=owner_id).select_for_update()
            if after is not None and await self.made(owner_id) != after:
                raise Conflict("made_already")
            if len(await self.of(owner_id)) >= MOST_KEYS:
                raise Conflict("too_many_keys", limit=MOST_KEYS)
            key = await self._make(owner_id, made_by_id=made_by_id)
            row = await ApiKey.get(key_hash=sha256_hex(key))
            await audit(self._context, f"user:{owner_id}", "make_api_key", f"api_key:{row.id}")
        return key

    async def _make(self, owner_id: int, *, made_by_id: int | None) -> str:
        key = _PREFIX + self._context.mint()
        await ApiKey.create(
            owner_id=owner_id,
            key_hash=sha256_hex(key),
            hint=key[-_HINT_LENGTH:],
            made_by_id=made_by_id,
            created_at=self._context.now(),
        )
        return key

    async def made(self, owner_id: int) -> int:
        """Return how many keys the owner has ever had."""
        return await ApiKey.filter(owner_id=owner_id).count()

    async def of(self, owner_id: int) -> list[ApiKey]:
        """Return the owner's keys that work, oldest first."""
        return await ApiKey.filter(owner_id=owner_id, revoked_at=None).order_by("id")

    async def get(self, owner_id: int, key_id: int) -> ApiKey:
        """Return a key that works.

        Raises:
            NotFound: `api_key`: it is revoked, or another owner's.
        """
        key = await ApiKey.get_or_none(id=key_id, owner_id=owner_id, revoked_at=None)
        if key is None:
            raise NotFound("api_key")
        return key

    async def revoke(self, owner_id: int, key_id: int) -> ApiKey:
        """Let the key open nothing from now on.

        Raises:
            NotFound: `api_key`.
        """
        async with transaction():
            key = await self.get(owner_id, key_id)
            await ApiKey.filter(id=key.id).update(revoked_at=self._context.now())
            await audit(self._context, f"user:{owner_id}", "revoke_api_key", f"api_key:{key.id}")
        return key

    async def revoke_all(self, owner_id: int) -> None:
        """Let none of the owner's keys open anything; belongs in the caller's DB transaction."""
        for key in await self.of(owner_id):
            await self.revoke(owner_id, key.id)

    async def authenticate(self, key: str) -> User | None:
        """Return the owner of the key; None if it is unknown or revoked, or he is not approved.

        Whatever this task does from here on is in the key's name.
        """
        found = await ApiKey.filter(
            key_hash=sha256_hex(key), revoked_at=None, owner__approval=Approval.APPROVED
        ).select_related("owner")
        if not found:
            return None
        row = found[0]
        act_as(f"api_key:{row.id} of user:{row.made_by_id or row.owner_id}")
        return row.owner
