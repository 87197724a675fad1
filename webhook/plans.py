"""`/api/plans`: what an owner sells."""

from typing import Any

from aiohttp import web

from core.errors import NotFound
from core.models import ServicePlan, User
from core.services.messages.idempotency import Answer
from webhook.answers import answer, instant, ok
from webhook.bodies import PlanBody
from webhook.idempotency import respond_once
from webhook.keys import ENGINE
from webhook.paging import listed, read_window
from webhook.reading import parse_id, parse_object, read_bytes


async def create_plan(request: web.Request, owner: User) -> web.Response:
    """Store a plan: 201."""
    body = await read_bytes(request)

    async def make() -> Answer:
        plan = PlanBody.read(parse_object(body), PlanBody.check)
        with PlanBody.naming_fields():
            created = await request.app[ENGINE].plans.create(owner.id, plan.draft())
        return answer(201, view(created))

    return await respond_once(request, owner, body, make)


async def list_plans(request: web.Request, owner: User) -> web.Response:
    """List the plans that are not archived."""
    window = read_window(request)
    page = await request.app[ENGINE].plans.page(owner.id, cursor=window.cursor, limit=window.limit)
    return ok(listed(page, view))


async def get_plan(request: web.Request, owner: User) -> web.Response:
    """Show one plan, archived or not."""
    plan_id = parse_id(request.match_info["id"])
    if plan_id is None:
        raise NotFound("plan")
    return ok(view(await request.app[ENGINE].plans.get(owner.id, plan_id)))


def view(plan: ServicePlan) -> dict[str, Any]:
    """Return the plan as callers see it."""
    return {
        "id": plan.id,
        "name": plan.name,
        "amountKes": plan.amount_kes,
        "frequency": plan.frequency.lower(),
        "intervalCount": plan.interval_count,
        "billingDay": plan.billing_day,
        "renewal": plan.renewal.lower(),
        "archivedAt": instant(plan.archived_at),
        "createdAt": instant(plan.created_at),
    }
