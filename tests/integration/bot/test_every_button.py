"""Every button with another owner's ids, pressed by everybody who is not he.

The arguments of each route are made from its own pattern, so that a new route is tried as well.
"""

import re
from itertools import product

import pytest
from tortoise import Tortoise

from bot.routing.router import ROUTES
from core.models import Client, ServicePlan, Subscription, Transaction, User
from tests.factories import make_plan, make_subscription
from tests.integration.conftest import _sqlite_url
from tests.integration.services.stories import (
    TODAY,
    bill_and_prompt,
    chatting_subscription,
    report,
)

SECRETS = ("Wanjiku Fitness", "Zainabu", "Secret plan", "798 765", "0798", "1,777")
MINE = "1"
"""The id of the owner's row in each table."""
# What a stranger leaves behind by pressing: his own updates, forms, chat menu, and the log.
TRACES = {"InboundEvent", "Dialog", "Fact", "AuditEntry"}


@pytest.fixture
async def database_url(sqlite_template, tmp_path):
    """Whose button it is does not depend on the database."""
    return await _sqlite_url(sqlite_template, tmp_path)


def examples(pattern):
    """Return texts that the pattern accepts: each alternative, and the owner's id for digits."""
    parsed = re._parser.parse(pattern)  # noqa: SLF001 - the one parser of patterns there is
    return sorted({text for text in _texts(list(parsed)) if re.fullmatch(pattern, text)})


def _texts(items):
    """Return the product of what each item may be."""
    return ["".join(parts) for parts in product(*(_choices(*item) for item in items))]


def _choices(kind, value):  # noqa: PLR0911 - one for each kind of part
    match str(kind):
        case "LITERAL":
            return [chr(value)]
        case "IN":
            return [_member(value)]
        case "ANY":
            return ["x"]
        case "BRANCH":
            return [text for branch in value[1] for text in _texts(list(branch))]
        case "SUBPATTERN":
            return _texts(list(value[-1]))
        case "MAX_REPEAT":
            least, most, inner = value
            once = _texts(list(inner))
            if {"IN", "ANY"} & {
                str(item[0]) for item in inner
            }:  # Digits or letters: enough of them.
                return [text * max(least, 1) for text in once]
            return ["", *once] if least == 0 and most else once
    raise AssertionError(f"no example for {kind}")


def _member(members):
    kinds = {str(value) for kind, value in members if str(kind) == "CATEGORY"}
    if "CATEGORY_DIGIT" in kinds:
        return MINE
    return next((chr(value[0]) for kind, value in members if str(kind) == "RANGE"), "a")


PLACES = [
    ":".join(part for part in (name, arguments) if part)
    for name, route in ROUTES.items()
    for arguments in examples(route.arguments)
]


def test_each_route_is_tried_with_the_owners_ids():
    assert {place.split(":")[0] for place in PLACES} == set(ROUTES)
    assert {"sub:1", "missed:1:latest", "new:reprice:1", "aowner:1", "myleave:1"} <= set(PLACES)


@pytest.fixture
async def business(engine, owner, gateway):
    """An owner with a plan, a client with a chat, and a failed bill: each has the id 1."""
    plan = await make_plan(engine, owner, name="Secret plan", amount_kes=1777)
    waiting = await make_subscription(
        engine,
        owner,
        plan,
        active=False,
        first_on=TODAY,
        name="Zainabu",
        phone_number="254798765432",
    )
    await engine.acceptance.accept(waiting.invitation_token, telegram_id=2001, language="en")
    await bill_and_prompt(engine)
    await report(engine, gateway, code=1032)
    for model in (User, ServicePlan, Client, Subscription, Transaction):
        assert await model.filter(id=1).exists()


async def snapshot():
    """Every row that counts."""
    return {
        name: await model.all().order_by("id").values()
        for name, model in Tortoise.apps["core"].items()
        if name not in TRACES
    }


@pytest.fixture
async def intruder(request, business, engine, visit):
    """Another owner, another owner's client, and somebody whom nobody knows."""
    if request.param == "owner":
        await engine.people.register_owner(1002)
    visitor = visit(1002, name="Mallory")
    if request.param == "client":
        other = await engine.people.register_owner(1003)
        await chatting_subscription(
            engine, other, chat=1002, name="Mallory", phone_number="254733000009"
        )
    await visitor.say("/start")
    return visitor


@pytest.mark.parametrize("intruder", ["owner", "client", "nobody"], indirect=True)
async def test_no_button_shows_or_changes_what_is_another_owners(intruder, engine):
    before = await snapshot()
    below = intruder.messages[0]
    for place in PLACES:
        await intruder.press_data(below.id, f"v1:{place}", force=True)
        said = " ".join([m.text for m in intruder.messages] + [intruder.toast or ""])
        assert not any(secret in said for secret in SECRETS), (place, said)
        await engine.dialogs.clear(intruder.id)
    after = await snapshot()

    for name, rows in before.items():
        own = [row for row in after[name] if row in rows]
        assert own == rows, name


@pytest.mark.parametrize(
    "data", ["", "v0:home", "v1:", "v1:sub", "v1:sub:1:2", "v1:sub:abc", "v1:nowhere~", "x" * 64]
)
async def test_button_of_another_version_gets_a_fresh_menu(boss, data):
    message = boss.messages[-1]
    count = len(boss.messages)

    await boss.press_data(message.id, data or "v1", force=True)

    assert "out of date" in boss.toast
    assert len(boss.messages) == count + 1
    assert "Wanjiku Fitness" in boss.text
