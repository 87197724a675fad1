"""`/metrics`: what an operator's instruments read, in Prometheus' text format."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from core.engine import Engine
from core.services.admin.measures import Queues
from webhook.access_log import route_of
from webhook.addresses import caller_of, is_own_machine, is_within
from webhook.errors import Handler, Refusal
from webhook.keys import ENGINE

Labels = tuple[tuple[str, str], ...]

_WITHIN_S = 3
_TYPE = "text/plain"
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Requests:
    """How many requests this process has answered, by route and status."""

    answered: Counter[tuple[str, int]] = field(default_factory=Counter)


REQUESTS = web.AppKey("requests", Requests)


@web.middleware
async def count_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count each answer under its route's template: a path may hold a callback's secret."""
    response = await handler(request)
    request.app[REQUESTS].answered[route_of(request), response.status] += 1
    return response


async def show(request: web.Request) -> web.Response:
    """Answer this machine and METRICS_NETWORKS; tell all others nothing."""
    _check_reader(request)
    lines = [*_requests(request.app[REQUESTS]), *await _stored(request.app[ENGINE])]
    return web.Response(
        text="\n".join(lines) + "\n", content_type=_TYPE, headers={"Cache-Control": "no-store"}
    )


def _check_reader(request: web.Request) -> None:
    caller = caller_of(request)
    networks = request.app[ENGINE].settings.metrics_networks
    is_invited = caller is not None and is_within(caller, networks)
    if not is_invited and not is_own_machine(request):
        raise Refusal(403, "forbidden", "Metrics are not shown to your network.")


async def _stored(engine: Engine) -> list[str]:
    """Return what the database knows; without it, that it is away."""
    try:
        async with asyncio.timeout(_WITHIN_S):
            outcomes, queues = await engine.measures.outcomes(), await engine.measures.queues()
    except Exception as error:  # noqa: BLE001 - no answer, of whatever kind, is no number
        _log.warning("metrics_incomplete", error=type(error).__name__)
        return _gauge("fluxpay_database_up", "1 while the database answers.", {(): 0})
    return [
        *_gauge("fluxpay_database_up", "1 while the database answers.", {(): 1}),
        *_outcomes(outcomes),
        *_depths(queues),
    ]


def _requests(requests: Requests) -> list[str]:
    values: dict[Labels, int] = {
        (("route", route), ("status", str(status))): number
        for (route, status), number in sorted(requests.answered.items())
    }
    return _family("fluxpay_http_requests_total", "counter", "Answers of this process.", values)


def _outcomes(outcomes: Mapping[str, int]) -> list[str]:
    values: dict[Labels, int] = {
        (("outcome", word),): number for word, number in sorted(outcomes.items())
    }
    about = "Callbacks handled by any process since this one began, by outcome."
    return _family("fluxpay_callbacks_total", "counter", about, values)


def _depths(queues: Queues) -> list[str]:
    depths = {
        "callbacks": queues.callbacks,
        "updates": queues.updates,
        "notices": queues.notices,
        "prompts": queues.prompts,
    }
    values: dict[Labels, int] = {(("queue", name),): number for name, number in depths.items()}
    return _gauge("fluxpay_queue_depth", "What waits to be worked off.", values)


def _gauge(name: str, about: str, values: Mapping[Labels, int]) -> list[str]:
    return _family(name, "gauge", about, values)


def _family(name: str, kind: str, about: str, values: Mapping[Labels, int]) -> list[str]:
    head = [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]
    return head + [f"{name}{_written(labels)} {value}" for labels, value in values.items()]


def _written(labels: Iterable[tuple[str, str]]) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in labels]
    return "{" + ",".join(pairs) + "}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
