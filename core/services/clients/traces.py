"""The traces of a person: by what one can find him in our tables, and what there speaks of him."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from core.models import Client, StkPush, Subscription, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything by which one person can be found in our tables."""

    telegram_id: int
    clients: list[Client]
    phones: frozenset[str]
    names: frozenset[str]
    addresses: frozenset[str]
    bill_ids: list[int]
    subscription_ids: list[int]

    @property
    def client_ids(self) -> list[int]:
        """He is one client at each business that he pays."""
        return [client.id for client in self.clients]

    @property
    def owner_ids(self) -> list[int]:
        """Whom he pays."""
        return sorted({client.owner_id for client in self.clients})

    @property
    def owner_chats(self) -> list[int]:
        """Where these are told of him."""
        return sorted({client.owner.telegram_id for client in self.clients})

    def is_in(self, values: Mapping[str, Any]) -> bool:
        """Tell whether a notice's parameters or a form's answers speak of him."""
        return (
            values.get("client_id") in self.client_ids
            or values.get("subscription_id") in self.subscription_ids
            or values.get("transaction_id") in self.bill_ids
            or values.get("client_name") in self.names
            or any(isinstance(value, str) and value in self.phones for value in values.values())
        )


async def person_behind(telegram_id: int) -> Person:
    """Return what there is of the client, or clients, whose chat this is."""
    clients = await Client.filter(telegram_id=telegram_id).order_by("id").select_related("owner")
    ids = [client.id for client in clients]
    bills = await Transaction.filter(client_id__in=ids)
    bills += await _charges_before_he_was_known(clients)
    pushes = await StkPush.filter(transaction_id__in=[bill.id for bill in bills])
    phones = {client.phone_number for client in clients}
    phones |= {bill.phone_number for bill in bills} | {push.phone_number for push in pushes}
    return Person(
        telegram_id=telegram_id,
        clients=clients,
        phones=frozenset(phones - {""}),
        names=frozenset(client.name for client in clients),
        addresses=frozenset(client.email for client in clients if client.email),
        bill_ids=[bill.id for bill in bills],
        subscription_ids=[row.id for row in await Subscription.filter(client_id__in=ids)],
    )


async def _charges_before_he_was_known(clients: Collection[Client]) -> list[Transaction]:
    """Return the single charges of the same businesses to his number.

    A number that he only typed is perhaps another's: nobody deletes somebody else's charges.
    """
    charges: list[Transaction] = []
    for client in clients:
        if client.phone_claimed_at is None:
            charges += await Transaction.filter(
                owner_id=client.owner_id, client_id=None, phone_number=client.phone_number
            )
    return charges
