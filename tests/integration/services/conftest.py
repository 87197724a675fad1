"""After each test the books must balance."""

import pytest

from tests.integration.services.stories import check_books


@pytest.fixture(autouse=True)
async def balanced_books(database):
    yield
    await check_books()
