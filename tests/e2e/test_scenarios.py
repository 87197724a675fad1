"""The scenarios that ship with the sandbox, each played by the whole program in its own world."""

import httpx
import pytest

from core.database import migrate
from fluxpay.demo import DEMO_OWNER_ID
from fluxpay.play.demo_book import build_demo_book
from fluxpay.play.headless import DATABASE, own_stage, play_alone
from fluxpay.play.player import Player
from fluxpay.play.reading import SHIPPED, read_script
from sandbox.control.play import Progress
from tests.e2e.world import PATIENCE_S, eventually, run_once

SCRIPTS = sorted(SHIPPED.glob("*.yaml"))


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    """One migrated database for all: each play works on a copy."""
    return tmp_path_factory.mktemp("scenarios") / "template.db"


@pytest.fixture
async def folder(template, tmp_path):
    if not template.exists():
        await migrate(f"sqlite://{template}")
    (tmp_path / DATABASE).write_bytes(template.read_bytes())
    return tmp_path


@pytest.mark.parametrize("path", SCRIPTS, ids=[path.stem for path in SCRIPTS])
async def test_shipped_scenario_comes_out_as_it_says(path, folder):
    report = await play_alone(read_script(path), folder)

    assert report.failures == []
    assert len(report.lines) >= 3


def test_at_least_eight_scenarios_ship():
    assert len(SCRIPTS) >= 8


@pytest.fixture
def otherwise(tmp_path):
    """A scenario of which every expectation is wrong, and whose fault never strikes."""
    text = (SHIPPED / "first-bill-paid.yaml").read_text()
    text = text.replace("bills: [SUCCESS]", "bills: [FAILED]").replace("ACTIVE", "SUSPENDED")
    text = text.replace("    go:", "    faults: [{kind: daraja_down, call: query}]\n    go:")
    path = tmp_path / "otherwise.yaml"
    path.write_text(text)
    return path


async def test_scenario_that_goes_otherwise_fails_and_says_where(otherwise, tmp_path):
    status, said, _ = await run_once(tmp_path, "scenario", str(otherwise))

    assert status == 1
    assert said.startswith("The first bill is paid\n")
    where = next(
        n for n, line in enumerate(otherwise.read_text().splitlines(), 1) if "FAILED" in line
    )
    assert (
        f"FAILED otherwise.yaml:{where}: Asha: bills should be [FAILED], and is [SUCCESS]" in said
    )
    assert "subscription should be SUSPENDED, and is ACTIVE" in said
    assert "otherwise.yaml: daraja_down never struck" in said


async def test_play_leaves_no_fault_behind(otherwise, folder):
    async with own_stage(folder) as stage:
        report = await Player(stage, read_script(otherwise)).play()

        assert "otherwise.yaml: daraja_down never struck" in report.failures
        assert [*stage.world.mpesa.faults, *stage.world.telegram.faults] == []


async def test_scenario_that_is_none_is_not_played(tmp_path):
    good, empty = SHIPPED / "first-bill-paid.yaml", tmp_path / "empty.yaml"
    empty.write_text("title: Nothing\n")

    status, said, errors = await run_once(tmp_path, "scenario", str(good), str(empty))

    assert (status, said) == (2, "")
    assert "empty.yaml:1: days: Field required" in errors


async def test_demo_book_is_lived_through_by_the_real_program(folder):
    progress = Progress()
    async with own_stage(folder) as stage:
        closing = await build_demo_book(stage, progress, months=1)
        plans = (await stage.get("/api/plans"))["items"]
        subscriptions = (await stage.get("/api/subscriptions?limit=200"))["items"]
        paid = [
            bill
            for bill in (await stage.get("/api/transactions?limit=200"))["items"]
            if bill["status"] == "SUCCESS"
        ]
        told = [message.text for message in stage.world.telegram.messages.of(DEMO_OWNER_ID)]

    assert (progress.step, progress.of, len(plans)) == (1, 1, 6)
    assert closing == f"February 2026: {len(subscriptions)} clients, {len(paid)} payments."
    assert len(paid) >= 10
    for bill in paid:
        assert any(bill["mpesaReceiptNo"] in text for text in told)


async def test_page_plays_a_scenario_beside_the_timetable(program):
    async with httpx.AsyncClient(base_url=program.page, timeout=PATIENCE_S) as page:
        listed = (await page.get("/api/scenarios")).json()["items"]
        begun = await page.post("/api/scenarios/first-bill-paid/play", json={})

        async def how_far():
            return (await page.get("/api/play")).json()

        ended = await eventually(how_far, lambda play: play["state"] != "playing")

    assert [item["name"] for item in listed] == [path.stem for path in SCRIPTS]
    assert begun.status_code == 202
    assert (ended["state"], ended["message"]) == ("done", "All came out as it should.")
