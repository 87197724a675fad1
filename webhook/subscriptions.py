"""`/api/subscriptions`: clients on plans."""

from typing import Any

from aiohttp import web

from core.billing.lifecycle import SubscriptionStatus
from core.engine import Engine
from core.errors import Fault, InvalidInput, NotFound
from core.models import Client, Subscription, User
from core.services.messages.idempotency import Answer
from webhook.answers import answer, day, instant, ok
from webhook.bodies import SubscriptionBody
from webhook.idempotency import respond_once
from webhook.keys import ENGINE
from webhook.paging import listed, query_value, read_window
from webhook.reading import parse_id, parse_object, read_bytes

_STATUSES = {status.lower(): status for status in SubscriptionStatus}


async def create_subscription(request: web.Request, owner: User) -> web.Response:
    """Put a client on a plan and invite him: 201."""
    engine = request.app[ENGINE]
    body = await read_bytes(request)

    async def make() -> Answer:
        wanted = SubscriptionBody.read(
            parse_object(body), lambda read: read.check(today=engine.today())
        )
        with SubscriptionBody.naming_fields():
            created = await engine.subscriptions.create(
                owner.id,
                plan_id=wanted.plan_id,
                client=wanted.client.draft(),
                first_billing_date=wanted.first_billing_date,
            )
        return answer(201, await _shown(engine, created))

    return await respond_once(request, owner, body, make)


async def activate_subscription(request: web.Request, owner: User) -> web.Response:
    """Start billing without waiting for the client's own acceptance."""
    engine = request.app[ENGINE]
    subscription_id = _id_in_path(request)
    body = await read_bytes(request)

    async def make() -> Answer:
        activated = await engine.subscriptions.activate(owner.id, subscription_id)
        return answer(200, await _shown(engine, activated))

    return await respond_once(request, owner, body, make)


async def list_subscriptions(request: web.Request, owner: User) -> web.Response:
    """List the subscriptions, of one status or of all."""
    engine = request.app[ENGINE]
    status = _read_status(request)
    window = read_window(request)
    page = await engine.subscriptions.page(
        owner.id, status=status, cursor=window.cursor, limit=window.limit
    )
    urls = {row.id: await engine.invitations.url(row) for row in page.items}
    return ok(listed(page, lambda row: view(row, urls[row.id])))


async def get_subscription(request: web.Request, owner: User) -> web.Response:
    """Show one subscription."""
    engine = request.app[ENGINE]
    found = await engine.subscriptions.get(owner.id, _id_in_path(request))
    return ok(await _shown(engine, found))


def view(subscription: Subscription, invitation_url: str | None) -> dict[str, Any]:
    """Return the subscription as callers see it."""
    return {
        "id": subscription.id,
        "status": subscription.status.value,
        "planId": subscription.plan_id,
        "planName": subscription.plan.name,
        "amountKes": subscription.amount_kes,
        "client": _client_view(subscription.client),
        "nextBillingDate": day(subscription.next_billing_date),
        "invitationUrl": invitation_url,
        "invitationExpiresAt": instant(subscription.invitation_expires_at),
        "activatedAt": instant(subscription.activated_at),
        "cancelledAt": instant(subscription.cancelled_at),
        "createdAt": instant(subscription.created_at),
    }


def _client_view(client: Client) -> dict[str, Any]:
    return {
        "id": client.id,
        "name": client.name,
        "phoneNumber": client.phone_number,
        "email": client.email,
    }


async def _shown(engine: Engine, subscription: Subscription) -> dict[str, Any]:
    return view(subscription, await engine.invitations.url(subscription))


def _id_in_path(request: web.Request) -> int:
    subscription_id = parse_id(request.match_info["id"])
    if subscription_id is None:
        raise NotFound("subscription")
    return subscription_id


def _read_status(request: web.Request) -> SubscriptionStatus | None:
    wrong: dict[str, Fault] = {}
    sent = query_value(request, "status", wrong)
    status = _STATUSES.get(sent.lower()) if sent is not None else None
    if sent is not None and status is None:
        wrong["status"] = Fault("not_one_of", {"choices": ", ".join(SubscriptionStatus)})
    if wrong:
        raise InvalidInput(wrong)
    return status
