"""The HTTP server: every route on one page."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from core.engine import Engine
from webhook import callbacks, health, metrics, payments, plans, subscriptions, transactions
from webhook.access_log import log_no_junk, log_requests
from webhook.auth import for_owner
from webhook.background import finish_at_the_end, settle_in_background
from webhook.errors import MAX_BODY_BYTES, answer_errors
from webhook.keys import ENGINE, UNFINISHED
from webhook.limits import LIMITS, Limits, limited
from webhook.metrics import REQUESTS, Requests, count_requests
from webhook.telegram import TelegramInbox, receiver

__all__ = ["TelegramInbox", "build_app"]


def build_app(
    engine: Engine,
    *,
    telegram_inbox: TelegramInbox | None = None,
    now_s: Callable[[], float] | None = None,
) -> web.Application:
    """Return the application: API, callbacks, health, metrics and, if asked, Telegram's inbox.

    Run it without aiohttp's own access log, which would write callback tokens down. `now_s` is
    the stopwatch of the limits, by default the running event loop's.
    """
    log_no_junk()
    app = web.Application(
        client_max_size=MAX_BODY_BYTES, middlewares=[log_requests, count_requests, answer_errors]
    )
    app[ENGINE] = engine
    app[LIMITS] = Limits(now_s or asyncio.get_running_loop().time)
    app[REQUESTS] = Requests()
    app[UNFINISHED] = set()
    app.cleanup_ctx.extend([settle_in_background, finish_at_the_end])
    app.add_routes([*_api_routes(), *_open_routes()])
    if telegram_inbox is not None:
        receive = limited(lambda limits: limits.updates, receiver(telegram_inbox))
        app.router.add_post(telegram_inbox.path, receive)
    return app


def _api_routes() -> list[web.RouteDef]:
    return [
        web.post("/api/plans", for_owner(plans.create_plan)),
        web.get("/api/plans", for_owner(plans.list_plans)),
        web.get("/api/plans/{id}", for_owner(plans.get_plan)),
        web.post("/api/subscriptions", for_owner(subscriptions.create_subscription)),
        web.get("/api/subscriptions", for_owner(subscriptions.list_subscriptions)),
        web.get("/api/subscriptions/{id}", for_owner(subscriptions.get_subscription)),
        web.post(
            "/api/subscriptions/{id}/activate", for_owner(subscriptions.activate_subscription)
        ),
        web.post("/api/payments/stk-push", for_owner(payments.stk_push)),
        web.get("/api/transactions", for_owner(transactions.list_transactions)),
        web.get("/api/transactions/{id}", for_owner(transactions.get_transaction)),
    ]


def _open_routes() -> list[web.RouteDef]:
    """Return the routes without an API key."""
    receive = limited(lambda limits: limits.callbacks, callbacks.receive_callback)
    return [
        web.post("/api/payments/callback", receive),
        # Any text but a slash: whether it is a token only shows when the callback is settled.
        web.post("/api/payments/callback/{token:[^/]+}", receive),
        web.get("/healthz", health.alive),
        web.get("/readyz", health.ready),
        web.get("/metrics", metrics.show),
    ]
