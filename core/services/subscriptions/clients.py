"""Clients: who pays an owner."""

from core.billing.clients import ClientDraft
from core.errors import NotFound
from core.models import Client
from core.services.context import Context
from core.services.page import Page, page_of


class ClientService:
    """Find clients, and know one again. Another owner's client is not found."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def get(self, owner_id: int, client_id: int) -> Client:
        """Return the client.

        Raises:
            NotFound: There is none, or he is another owner's.
        """
        client = await Client.get_or_none(id=client_id, owner_id=owner_id)
        if client is None:
            raise NotFound("client")
        return client

    async def page(
        self, owner_id: int, *, cursor: int | None = None, limit: int = 50
    ) -> Page[Client]:
        """Return the owner's clients."""
        return await page_of(Client.filter(owner_id=owner_id), cursor=cursor, limit=limit)

    async def find_by_phone(self, owner_id: int, phone_number: str) -> Client | None:
        """Return the client that this phone means, if there is one."""
        return await Client.get_or_none(same_person_key=same_person_key(owner_id, phone_number))

    async def know(self, owner_id: int, draft: ClientDraft) -> Client:
        """Return the client that the checked draft means, new or known.

        The same phone is the same client unless the owner says that it is another person. A known
        one keeps his name and gets the e-mail address that he lacked.
        """
        if draft.another_person:
            client = self._row(owner_id, draft)
            await client.save()
            return client
        row = self._row(owner_id, draft)
        row.same_person_key = same_person_key(owner_id, draft.phone_number)
        await Client.bulk_create([row], ignore_conflicts=True)
        client = await Client.get(same_person_key=row.same_person_key)
        if client.email is None and draft.email is not None:
            client.email = draft.email
            await client.save(update_fields=["email"])
        return client

    def _row(self, owner_id: int, draft: ClientDraft) -> Client:
        return Client(
            owner_id=owner_id,
            name=draft.name,
            phone_number=draft.phone_number,
            email=draft.email,
            created_at=self._context.now(),
        )


def same_person_key(owner_id: int, phone_number: str) -> str:
    """Return the guard by which this phone means one client of this owner."""
    return f"{owner_id}:{phone_number}"
