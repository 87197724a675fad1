from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from tests.integration.webhook.program import Api
from webhook.server import build_app


@pytest.fixture
async def http(engine) -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(build_app(engine))) as client:
        yield client


@pytest.fixture
async def api(engine, owner, http) -> Api:
    return Api(http, await engine.api_keys.issue(telegram_id=owner.telegram_id))
