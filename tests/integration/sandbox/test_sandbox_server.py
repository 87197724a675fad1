"""The sandbox as a server: its page, its clock, its memory and its locks."""

import asyncio
import base64
import json
import os
import re
import signal
import socket
import stat
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from sandbox.clock import EAT, wall_now
from sandbox.rows import joined, take_all
from sandbox.server import DEFAULT_APP, DEFAULT_BOT_TOKEN, NotLoopback, Sandbox, SandboxOptions
from sandbox.state_file import StateFile

ASHA = "254712345678"
ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def serving(*, next_billing_at=None, **options):
    sandbox = Sandbox(SandboxOptions(port=0, **options), next_billing_at=next_billing_at)
    await sandbox.start()
    try:
        async with aiohttp.ClientSession(sandbox.address) as session:
            yield sandbox, session
    finally:
        await sandbox.stop()


@pytest.fixture
async def session():
    async with serving() as (_, session):
        yield session


async def get(session, path):
    async with session.get(path) as response:
        return response.status, await response.json()


async def post(session, path, body):
    async with session.post(path, json=body) as response:
        return response.status, await response.json()


async def phone_of(session, number=ASHA):
    _, phones = await get(session, "/api/phones")
    return next(each for each in phones if each["phoneNumber"] == number)


# ---- locks


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "example.org", "::"])  # noqa: S104 - the refused ones
def test_it_serves_this_machine_only(host):
    with pytest.raises(NotLoopback):
        Sandbox(SandboxOptions(host=host))


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1.evil.example.org", "", "a b:c"])
async def test_a_name_that_is_not_this_machines_is_turned_away(session, host):
    async with session.get("/api/phones", headers={"Host": host}) as response:
        assert response.status == 403


@pytest.mark.parametrize("host", ["localhost:8081", "127.0.0.1", "[::1]:8081"])
async def test_this_machines_own_names_are_welcome(session, host):
    async with session.get("/api/phones", headers={"Host": host}) as response:
        assert response.status == 200


@pytest.mark.parametrize("path", ["/api/clock", "/api/telegram/people", f"/api/phones/{ASHA}"])
async def test_a_form_of_another_site_changes_nothing(session, path):
    async with session.post(path, data='{"advanceS": 60}') as response:
        assert response.status == 415


async def test_a_taken_port_is_an_os_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sandbox = Sandbox(SandboxOptions(port=taken.getsockname()[1]))
        with pytest.raises(OSError, match="address already in use"):
            await sandbox.start()
        await sandbox.stop()


# ---- the clock


async def test_the_clock_shows_kenyan_time(session):
    await post(session, "/api/clock", {"to": "2030-01-31T21:05:00+00:00"})
    _, clock = await get(session, "/api/clock")
    assert clock["local"] == "2030-02-01 00:05"
    assert clock["now"].startswith("2030-01-31T21:05:0")
    assert clock["canFindBillingDay"] is False


async def test_the_clock_goes_on_from_where_it_was_set():
    async with serving() as (sandbox, session):
        before = sandbox.now()
        _, clock = await post(session, "/api/clock", {"advanceS": 86_400})
        assert clock["offsetS"] == 86_400
        assert timedelta(days=1) <= sandbox.now() - before < timedelta(days=1, seconds=60)
        assert sandbox.now().tzinfo is UTC


@pytest.mark.parametrize(
    "skip",
    [
        {"advanceS": -1},
        {"advanceS": 1e15},
        {"advanceS": "60"},
        {"to": "2001-01-01T00:00:00+03:00"},
        {"to": "2030-01-01T00:00:00"},
        {"to": "tomorrow"},
        {},
    ],
    ids=repr,
)
async def test_the_clock_goes_only_forwards_and_only_somewhere(session, skip):
    status, body = await post(session, "/api/clock", skip)
    _, clock = await get(session, "/api/clock")
    assert status == 400
    assert body["error"]
    assert clock["offsetS"] == 0


async def test_the_clock_skips_to_the_next_billing_day():
    billing_at = datetime(2035, 3, 1, 5, tzinfo=UTC)

    async def next_billing_at():
        return billing_at

    async with serving(next_billing_at=next_billing_at) as (sandbox, session):
        status, clock = await post(session, "/api/clock", {"toNextBillingDay": True})
        assert (status, clock["canFindBillingDay"]) == (200, True)
        assert billing_at <= sandbox.now() < billing_at + timedelta(minutes=1)


async def test_a_billing_day_that_is_due_already_moves_no_clock():
    async def next_billing_at():
        return datetime(2001, 1, 1, tzinfo=UTC)

    async with serving(next_billing_at=next_billing_at) as (_, session):
        status, clock = await post(session, "/api/clock", {"toNextBillingDay": True})
        assert (status, clock["offsetS"]) == (200, 0)


async def test_without_a_subscription_there_is_no_billing_day():
    async def next_billing_at():
        return None

    async with serving(next_billing_at=next_billing_at) as (_, session):
        status, body = await post(session, "/api/clock", {"toNextBillingDay": True})
        assert status == 409
        assert body == {"error": "No subscription is active, so no billing day is ahead."}


async def test_a_sandbox_alone_knows_no_billing_day(session):
    status, _ = await post(session, "/api/clock", {"toNextBillingDay": True})
    assert status == 404


# ---- people and phones


async def test_it_begins_with_an_owner_and_two_clients(session):
    _, telegram = await get(session, "/api/telegram")
    _, phones = await get(session, "/api/phones")
    expected = [
        ("Wanjiku", "254712345001"),
        ("Asha", "254712345678"),
        ("Brian", "254722345678"),
    ]
    assert [each["id"] for each in telegram["people"]] == [1001, 1002, 1003]
    assert [(each["firstName"], each["phoneNumber"]) for each in telegram["people"]] == expected
    assert [(each["name"], each["phoneNumber"]) for each in phones] == expected


async def test_who_is_added_has_a_phone(session):
    newcomer = {"firstName": "Zawadi", "phoneNumber": "254733000111"}
    status, _ = await post(session, "/api/telegram/people", newcomer)
    assert status == 201
    assert (await phone_of(session, "254733000111"))["name"] == "Zawadi"


async def test_watchers_hear_of_a_newcomers_phone(session):
    async with session.get("/api/events") as events, asyncio.timeout(10):
        await events.content.readuntil(b"\n\n")
        newcomer = {"firstName": "Zawadi", "phoneNumber": "254733000111"}
        await post(session, "/api/telegram/people", newcomer)
        assert b'["phones", "telegram"]' in await events.content.readuntil(b"\n\n")


async def test_without_telegram_only_the_phones_are_left():
    async with serving(with_telegram=False) as (_, session):
        async with session.get("/api/telegram") as response:
            assert response.status == 404
        world = {"withTelegram": False, "withTour": False}
        assert (await get(session, "/api/world"))[1] == world
        assert len((await get(session, "/api/phones"))[1]) == 3


async def test_a_phone_can_be_changed(session):
    change = {"balanceKes": 5, "on": False, "pin": "4711"}
    await post(session, f"/api/phones/{ASHA}", change)
    phone = await phone_of(session)
    assert {name: phone[name] for name in change} == change


@pytest.mark.parametrize(
    "change",
    [
        {"balanceKes": -1},
        {"balanceKes": 500_001},
        {"balanceKes": 1.5},
        {"balanceKes": True},
        {"on": "yes"},
        {"pin": "123"},
        {"pin": 1234},
        [],
    ],
    ids=repr,
)
async def test_a_phone_refuses_what_no_phone_can_be(session, change):
    status, body = await post(session, f"/api/phones/{ASHA}", change)
    assert (status, list(body)) == (400, ["error"])
    assert (await phone_of(session))["balanceKes"] == 20_000


async def test_an_answer_needs_a_phone_a_prompt_and_an_action(session):
    nobody, _ = await post(session, "/api/phones/254799999999/answer", {"action": "pay"})
    nothing, _ = await post(session, f"/api/phones/{ASHA}/answer", {"action": "pay"})
    unknown, _ = await post(session, f"/api/phones/{ASHA}/answer", {"action": "shout"})
    number, _ = await post(session, f"/api/phones/{ASHA}/answer", {"action": "pay", "pin": 1234})
    assert (nobody, nothing, unknown, number) == (404, 409, 400, 400)


# ---- the page, its news and its log


async def test_the_page_and_all_it_names_come_from_here(session):
    async with session.get("/") as response:
        page = await response.text()
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert "https://" not in page
    named = set(re.findall(r'"/page/([^"]+)"', page))
    assert {"app.js", "theme.js", "css/base.css", "icon.svg"} <= named
    seen = set()
    while named - seen:
        name = (named - seen).pop()
        seen.add(name)
        async with session.get(f"/page/{name}") as response:
            assert response.status == 200, name
            if not name.endswith(".woff2"):
                named |= set(
                    re.findall(r'(?:from "\./|url\("/page/)([^"]+)"', await response.text())
                )
    assert {"tour_steps.js", "fonts/twemoji.woff2"} <= seen


async def test_watchers_hear_what_changed(session):
    async with session.get("/api/events") as events, asyncio.timeout(10):
        assert events.content_type == "text/event-stream"
        await events.content.readuntil(b"\n\n")  # the greeting: now we are heard
        await post(session, "/api/clock", {"advanceS": 60})
        told = await events.content.readuntil(b"\n\n")
    assert told == b'event: change\ndata: {"topics": ["clock"]}\n\n'


async def test_an_open_stream_does_not_hold_up_the_stop():
    async with serving() as (sandbox, session), session.get("/api/events") as events:
        async with asyncio.timeout(10):
            await sandbox.stop()
            assert await events.content.read() == b"retry: 500\n\n"


async def test_the_log_shows_calls_without_their_secrets(session):
    login = aiohttp.encode_basic_auth(DEFAULT_APP.consumer_key, DEFAULT_APP.consumer_secret)
    url = "/oauth/v1/generate?grant_type=client_credentials"
    async with session.get(url, headers={"Authorization": login}) as response:
        token = (await response.json())["access_token"]
    body = {
        "BusinessShortCode": "174379",
        "Password": "c2VjcmV0LXBhc3N3b3Jk",
        "CallBackURL": f"http://127.0.0.1:1/paid/{'0f' * 16}",
    }
    bearer = {"Authorization": f"Bearer {token}"}
    async with session.post("/mpesa/stkpush/v1/processrequest", json=body, headers=bearer):
        pass
    async with session.post(f"/bot{DEFAULT_BOT_TOKEN}/getMe"):
        pass
    _, exchanges = await get(session, "/api/exchanges")
    shown = json.dumps(exchanges)
    paths = [(each["service"], each["method"], each["path"]) for each in exchanges]
    assert paths == [
        ("daraja", "GET", "/oauth/v1/generate"),
        ("daraja", "POST", "/mpesa/stkpush/v1/processrequest"),
        ("telegram", "POST", "/bot•••/getMe"),
    ]
    secrets = (
        token,
        login.split()[1],
        DEFAULT_BOT_TOKEN,
        DEFAULT_APP.consumer_secret,
        "0f" * 16,
        body["Password"],
    )
    assert not [secret for secret in secrets if secret in shown]
    assert exchanges[1]["request"]["BusinessShortCode"] == "174379"
    assert exchanges[1]["status"] == 400


SECRET = "aTypedConsumerKey"


async def call_bot(session, method, **body):
    status, answer = await post(session, f"/bot{DEFAULT_BOT_TOKEN}/{method}", body)
    assert status == 200
    return answer["result"]


async def type_a_secret(session, *, chatter=0):
    """A person types a secret, the bot quotes it, and both messages are known to the log."""
    asha = "/api/telegram/people/1002"
    for number in range(chatter):
        await post(session, f"{asha}/messages", {"text": f"{number} " * 200})
    _, typed = await post(session, f"{asha}/messages", {"text": SECRET})
    reply = {"message_id": typed["id"]}
    await call_bot(session, "sendMessage", chat_id=1002, text="Thanks", reply_parameters=reply)
    quote = await call_bot(session, "sendMessage", chat_id=1002, text=f"You said {SECRET}")
    updates = await call_bot(session, "getUpdates")
    await post(session, "/api/telegram/updates/repeat", {})
    await call_bot(session, "getUpdates")
    return typed["id"], quote["message_id"], updates[-1]["update_id"]


@pytest.mark.parametrize("chatter", [0, 12], ids=["short", "a body too long to be kept whole"])
async def test_deleted_messages_leave_no_word_behind(tmp_path, chatter):
    async with serving(state_path=tmp_path / "state.sqlite3") as (sandbox, session):
        typed, quote, update_id = await type_a_secret(session, chatter=chatter)
        assert SECRET in json.dumps(sandbox.world.exchanges.after(0))

        await call_bot(session, "deleteMessage", chat_id=1002, message_id=typed)
        await call_bot(session, "deleteMessages", chat_id=1002, message_ids=[quote])
        await call_bot(session, "getUpdates")  # Once more, as it was not acknowledged.
        await call_bot(session, "getUpdates", offset=update_id + 1)

        assert SECRET not in json.dumps(sandbox.world.exchanges.after(0))
        left = b"".join(each.read_bytes() for each in tmp_path.iterdir())
        assert SECRET.encode() not in left
        assert b"Thanks" in left


async def test_what_the_first_release_kept_of_deleted_messages_goes(tmp_path):
    async with serving() as (sandbox, session):
        *deleted, update_id = await type_a_secret(session)
        old = joined(take_all(sandbox.world.parts))
        await call_bot(session, "deleteMessages", chat_id=1002, message_ids=deleted)
        await call_bot(session, "getUpdates", offset=update_id + 1)
        new = joined(take_all(sandbox.world.parts))
    new["exchanges"], new["telegram"]["updates"]["last"] = (
        old["exchanges"],
        old["telegram"]["updates"]["last"],
    )
    del new["form"]
    state = tmp_path / "state.json"
    state.write_text(json.dumps(new))
    assert SECRET in state.read_text()

    async with serving(state_path=state):
        pass

    assert SECRET.encode() not in state.read_bytes()


async def test_the_log_can_be_read_on_from_an_id(session):
    for _ in range(3):
        async with session.post(f"/bot{DEFAULT_BOT_TOKEN}/getMe"):
            pass
    _, exchanges = await get(session, "/api/exchanges?after=2")
    assert [each["id"] for each in exchanges] == [3]
    assert (await get(session, "/api/exchanges?after=x"))[0] == 400


async def test_the_log_keeps_the_last_two_hundred_exchanges(session):
    for _ in range(201):
        async with session.get("/oauth/v1/generate"):
            pass
    _, exchanges = await get(session, "/api/exchanges")
    assert (len(exchanges), exchanges[0]["id"]) == (200, 2)


async def test_a_poll_without_news_does_not_fill_the_log(session):
    async with session.post(
        f"/bot{DEFAULT_BOT_TOKEN}/getUpdates", json={"timeout": 0}
    ) as response:
        assert (await response.json())["result"] == []
    assert (await get(session, "/api/exchanges"))[1] == []


# ---- memory


async def test_a_restart_goes_on_where_it_stopped(tmp_path):
    state = tmp_path / "state.json"
    async with serving(state_path=state) as (_, session):
        await post(session, "/api/clock", {"advanceS": 86_400})
        await post(session, f"/api/phones/{ASHA}", {"balanceKes": 7})
        await post(session, "/api/telegram/people/1002/messages", {"text": "Habari"})
        await post(session, "/api/faults", {"kind": "daraja_busy"})
        async with session.get("/oauth/v1/generate"):
            pass
    async with serving(state_path=state) as (_, session):
        _, clock = await get(session, "/api/clock")
        _, chat = await get(session, "/api/telegram/people/1002/chat")
        assert clock["offsetS"] == 86_400
        assert (await phone_of(session))["balanceKes"] == 7
        assert [each["text"] for each in chat["messages"]] == ["Habari"]
        assert len((await get(session, "/api/faults"))[1]) == 1
        assert len((await get(session, "/api/exchanges"))[1]) == 1
        assert len((await get(session, "/api/telegram"))[1]["people"]) == 3


async def test_the_state_is_for_its_owners_eyes_only(tmp_path):
    async with serving(state_path=tmp_path / "deep" / "state.sqlite3"):
        pass
    assert stat.S_IMODE((tmp_path / "deep" / "state.sqlite3").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damaged",
    [
        *("", "{", "[]", "{}", '{"clock": {"offset_s": "soon"}}', '{"clock": 7}'),
        "SQLite format 3\0, or so it says",
    ],
    ids=repr,
)
async def test_a_damaged_state_is_set_aside_and_the_world_begins_afresh(tmp_path, caplog, damaged):
    state = tmp_path / "state.json"
    state.write_text(damaged)
    async with serving(state_path=state) as (_, session):
        assert len((await get(session, "/api/phones"))[1]) == 3
    assert (tmp_path / "state.json.corrupt").read_text() == damaged
    assert "starting afresh" in caplog.text
    assert len(StateFile(state).read()["mpesa"]["phones"]) == 3


async def test_after_each_answer_the_state_on_disk_is_that_of_the_world(tmp_path):
    state = tmp_path / "state.sqlite3"
    async with serving(state_path=state, callback_delay_s=500) as (sandbox, _):

        async def compare(*_):
            assert StateFile(state).read() == joined(take_all(sandbox.world.parts))

        answered = aiohttp.TraceConfig()
        answered.on_request_end.append(compare)
        async with aiohttp.ClientSession(sandbox.address, trace_configs=[answered]) as watched:
            await act_it_all(watched)


async def act_it_all(session):
    """Change each part of the state over HTTP, after going to tomorrow."""
    asha, bot = "/api/telegram/people/1002", f"/bot{DEFAULT_BOT_TOKEN}"
    keyboard = {"inline_keyboard": [[{"text": "Pay", "callback_data": "pay:7"}]]}
    picture = base64.b64encode(b"a,b").decode()
    for path, body in [
        ("/api/clock", {"advanceS": 86_400}),
        (f"/api/phones/{ASHA}", {"balanceKes": 9_000, "reactions": ["cancel", "wrong_pin"]}),
        ("/api/faults", {"kind": "callback_double", "count": 2}),
        ("/api/telegram/people", {"firstName": "Otieno", "phoneNumber": "0712345002"}),
        (f"{asha}/messages", {"text": "Habari"}),
        (f"{asha}/messages/1", {"text": "Habari yako"}),
        (f"{asha}/messages", {"document": {"name": "a.csv", "base64": picture}}),
        (f"{bot}/getUpdates", {"allowed_updates": ["message"]}),
        (f"{bot}/getUpdates", {"offset": -1}),
        (f"{bot}/sendMessage", {"chat_id": 1002, "text": "Pay?", "reply_markup": keyboard}),
        (f"{bot}/editMessageText", {"chat_id": 1002, "message_id": 3, "text": "Paid."}),
        (f"{bot}/pinChatMessage", {"chat_id": 1002, "message_id": 3}),
        (f"{bot}/unpinChatMessage", {"chat_id": 1002}),
        (f"{bot}/deleteMessage", {"chat_id": 1002, "message_id": 3}),
        (f"{bot}/setMyCommands", {"commands": [{"command": "pay", "description": "Pay"}]}),
        (f"{bot}/setMyCommands", {"commands": []}),
        (f"{bot}/setMyName", {"name": "FluxPay"}),
        (f"{bot}/setWebhook", {"url": "http://127.0.0.1:9/nobody"}),
        (f"{bot}/deleteWebhook", {}),
        (f"{asha}/groups", {"title": "Chama"}),
        ("/api/telegram/people/1003/groups/-4100000001/join", {}),
        ("/api/telegram/updates/repeat", {}),
        (f"{asha}/read", {}),
        (f"{asha}/block", {}),
        *[(PUSH_PATH, push_to(number)) for number in (ASHA, "254722345678", "254799000111")],
        ("/api/phones/254722345678/answer", {"action": "pay"}),
        ("/api/clock", {"advanceS": 61}),
        ("/api/clock", {"advanceS": 500}),
    ]:
        async with session.post(path, json=body, headers=await authorized(session)) as answer:
            assert answer.status in {200, 201, 204}, (path, await answer.text())


PUSH_PATH = "/mpesa/stkpush/v1/processrequest"


async def authorized(session):
    keys = aiohttp.encode_basic_auth(DEFAULT_APP.consumer_key, DEFAULT_APP.consumer_secret)
    path = "/oauth/v1/generate?grant_type=client_credentials"
    async with session.get(path, headers={"Authorization": keys}) as answer:
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}


def push_to(number):
    app, tomorrow = DEFAULT_APP, wall_now().astimezone(EAT) + timedelta(days=1)
    stamp = f"{tomorrow:%Y%m%d%H%M%S}"
    password = base64.b64encode(f"{app.shortcode}{app.passkey}{stamp}".encode()).decode()
    return {
        "BusinessShortCode": app.shortcode,
        "Password": password,
        "Timestamp": stamp,
        "TransactionType": "CustomerPayBillOnline",
        "Amount": "100",
        "PartyA": number,
        "PartyB": app.shortcode,
        "PhoneNumber": number,
        "CallBackURL": "http://127.0.0.1:9/callback",
        "AccountReference": "FP1",
        "TransactionDesc": "Gym",
    }


@pytest.mark.parametrize("name", ["state.json", "state.sqlite3"])
async def test_the_json_of_the_first_release_is_moved_into_the_file(tmp_path, name):
    async with serving() as (sandbox, session):
        await post(session, "/api/telegram/people/1002/messages", {"text": "Habari"})
        await post(session, "/api/clock", {"advanceS": 86_400})
        old = joined(take_all(sandbox.world.parts))
    del old["form"]
    (tmp_path / "state.json").write_text(json.dumps(old))

    async with serving(state_path=tmp_path / name):
        now = StateFile(tmp_path / name).read()

    del now["form"]
    skipped = now["telegram"]["updates"].pop("next_id") - old["telegram"]["updates"].pop("next_id")
    assert skipped > 0  # A bot may have seen some that the old file knew nothing of.
    assert now == old
    assert [each.name for each in tmp_path.iterdir() if "-journal" not in each.name] == [name]


async def test_a_kill_loses_nothing_that_was_answered(tmp_path):
    state = tmp_path / "state.sqlite3"
    program, address = await started(state)
    async with aiohttp.ClientSession(address) as session:
        await post(session, f"/api/phones/{ASHA}", {"balanceKes": 42})
    program.send_signal(signal.SIGKILL)
    await program.wait()
    program, address = await started(state)
    async with aiohttp.ClientSession(address) as session:
        assert (await phone_of(session))["balanceKes"] == 42
    program.send_signal(signal.SIGTERM)
    assert await program.wait() == 0


async def started(state):
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--port", "0", "--state", str(state)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={"PATH": os.defpath},
    )
    first_line = (await asyncio.wait_for(program.stdout.readline(), 30)).decode()
    return program, first_line.split()[4].removesuffix(":")


async def test_the_program_refuses_to_serve_other_machines():
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "--host", "0.0.0.0"),  # noqa: S104 - the refused one
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    _, said = await asyncio.wait_for(program.communicate(), 30)
    assert program.returncode == 2
    assert b"not an address of this machine only" in said
