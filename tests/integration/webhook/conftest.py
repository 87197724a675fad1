import pytest

from tests.integration.webhook.program import Api


@pytest.fixture
async def stranger(engine, http) -> Api:
    """Another owner's program."""
    other = await engine.people.register_owner(1002)
    other.uses_platform_account = True
    await other.save()
    return Api(http, await engine.api_keys.issue(telegram_id=1002))
