"""The work under measurement: the engine as production runs it."""

import time
from contextlib import AbstractAsyncContextManager

from bench.machine import peak_rss_mib
from bench.servers import serve_app
from core.clock import SystemClock
from core.engine import Engine
from core.setting_values import Hours
from core.settings import Settings
from fluxpay.wiring import open_engine
from webhook.server import build_app

_ALL_DAY = Hours(0, 24 * 60)
_HURRY = 1000
MERCHANT = {
    "daraja_consumer_key": "key",
    "daraja_consumer_secret": "secret",
    "daraja_shortcode": "174379",
    "daraja_passkey": "passkey",
}


def _engine(url: str, daraja_port: int = 9) -> AbstractAsyncContextManager[Engine]:
    settings = Settings.model_validate(
        {
            "database_url": url,
            "daraja_base_url": f"http://127.0.0.1:{daraja_port}",
            "public_url": "https://pay.example.co.ke",
            "sociable_hours": _ALL_DAY,
            "pushes_per_second": 0,  # no limit
            "secret_key": "a secret key of the benchmark, long enough",
            **MERCHANT,
        }
    )
    return open_engine(settings, SystemClock())


async def bill(*, url: str) -> dict[str, float]:
    """Time process_due_payments."""
    async with _engine(url) as engine:
        began_s = time.perf_counter()
        made = await engine.billing.process_due_payments()
        seconds = time.perf_counter() - began_s
    return {"count": made, "seconds": seconds, "peak_rss_mib": peak_rss_mib()}


async def prompt(*, url: str, daraja_port: int) -> dict[str, float]:
    """Time send_due_prompts; the instants are on a clock that all processes share."""
    async with _engine(url, daraja_port) as engine:
        # The token is fetched with the first group; its one call is part of the time.
        began_s, processor_s = time.monotonic(), time.process_time()
        sent = await engine.prompts.send_due_prompts()
        ended_s, processor_s = time.monotonic(), time.process_time() - processor_s
    return {
        "count": sent,
        "seconds": ended_s - began_s,
        "began_s": began_s,
        "ended_s": ended_s,
        "processor_s": processor_s,
    }


async def serve(*, url: str) -> dict[str, float]:
    """Take and settle callbacks until told to stop."""
    async with _engine(url) as engine:
        # One address stands in for all of Safaricom's, so the limit's clock runs ahead: it is
        # asked as ever, and lets everything through.
        await serve_app(build_app(engine, now_s=lambda: time.monotonic() * _HURRY))
    return {"peak_rss_mib": peak_rss_mib()}
