import struct
from datetime import UTC, datetime

import pytest

from sandbox.telegram import acts
from sandbox.telegram.callbacks import CallbackQueries
from sandbox.telegram.errors import Refusal, Unplayable
from sandbox.telegram.faults import Fault, FloodGate, take_fault
from sandbox.telegram.files import FileStore, Upload
from sandbox.telegram.model import Telegram
from sandbox.telegram.updates import Updates

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def changes() -> list[int]:
    return []


@pytest.fixture
def telegram(changes) -> Telegram:
    return Telegram(token="42:token", now=lambda: NOW, changed=lambda: changes.append(1))


@pytest.fixture
def asha(telegram):
    return telegram.add_person(first_name="Asha", phone_number="254712000001")


def kinds(telegram: Telegram) -> list[str]:
    return [next(k for k in update if k != "update_id") for update in telegram.updates.pending]


def test_people_get_ids_beyond_32_bits_unless_one_is_given(telegram, asha):
    given = telegram.add_person(first_name="Ali", phone_number="1", person_id=7)
    next_one = telegram.add_person(first_name="Zawadi", phone_number="2")

    assert asha.id > 2**32
    assert (given.id, next_one.id) == (7, asha.id + 1)


@pytest.mark.parametrize("taken", [42, 0, -5])
def test_id_of_the_bot_or_below_one_is_nobodys(telegram, taken):
    with pytest.raises(Unplayable):
        telegram.add_person(first_name="Ali", phone_number="1", person_id=taken)


def test_same_id_is_given_once(telegram, asha):
    with pytest.raises(Unplayable):
        telegram.add_person(first_name="Ali", phone_number="1", person_id=asha.id)


def test_every_deed_is_told_to_who_saves_the_state(telegram, asha, changes):
    seen = len(changes)

    acts.say(telegram, asha, "Hi")
    acts.block(telegram, asha)
    acts.unblock(telegram, asha)

    assert len(changes) == seen + 3
    assert kinds(telegram) == ["message", "my_chat_member", "my_chat_member"]


def test_command_has_its_entity_at_the_front(telegram, asha):
    acts.say(telegram, asha, "/start inv_7")

    assert telegram.updates.pending[0]["message"]["entities"] == [
        {"type": "bot_command", "offset": 0, "length": 6}
    ]


def test_reading_twice_is_one_change(telegram, asha, changes):
    acts.say(telegram, asha, "Hi")
    acts.read(telegram, asha)
    seen = len(changes)

    acts.read(telegram, asha)

    assert len(changes) == seen


def test_only_ones_own_text_can_be_edited(telegram, asha):
    contact = acts.share_contact(telegram, asha, {"own": True})

    with pytest.raises(Unplayable):
        acts.edit(telegram, asha, contact.id, "Hi")


@pytest.mark.parametrize(
    "url",
    [
        "https://t.me/FluxPaySandboxBot?start=a-B_9",
        "https://telegram.me/fluxpaysandboxbot?start=a-B_9",
        "t.me/FluxPaySandboxBot?start=a-B_9",
        "tg://resolve?domain=FluxPaySandboxBot&start=a-B_9",
    ],
)
def test_every_form_of_deep_link_starts_the_bot(telegram, asha, url):
    assert acts.open_link(telegram, asha, url).text == "/start a-B_9"


def test_payload_of_64_passes_and_one_more_does_not(telegram, asha):
    link = f"https://t.me/{telegram.username}?start="

    assert acts.open_link(telegram, asha, link + "x" * 64).text == "/start " + "x" * 64
    with pytest.raises(Unplayable):
        acts.open_link(telegram, asha, link + "x" * 65)


def test_acknowledging_forgets_what_lies_before_the_offset():
    updates = Updates()
    for number in range(3):
        updates.add("message", {"message_id": number})
    first, _, third = (update["update_id"] for update in updates.pending)

    assert not updates.acknowledge(first)
    assert updates.acknowledge(third)
    assert [update["update_id"] for update in updates.pending] == [third]


def test_negative_offset_keeps_the_newest():
    updates = Updates()
    for number in range(3):
        updates.add("message", {"message_id": number})

    updates.acknowledge(-1)

    assert [update["message"]["message_id"] for update in updates.pending] == [2]


def test_repeat_is_delivered_once_even_if_acknowledged():
    updates = Updates()
    assert not updates.repeat_last()
    updates.add("message", {"message_id": 1})
    (update,) = updates.take(100)
    updates.acknowledge(update["update_id"] + 1)

    assert updates.repeat_last()

    assert updates.take(100) == [update]
    assert updates.take(100) == []


def test_reactions_come_only_to_a_bot_that_asks_for_them():
    updates = Updates()
    updates.add("message_reaction", {})
    updates.allowed = ["message_reaction"]
    updates.add("message", {})
    updates.add("message_reaction", {})

    assert [list(update) for update in updates.pending] == [["update_id", "message_reaction"]]


def test_answer_text_of_200_fits_and_one_more_does_not():
    queries = CallbackQueries()
    query = queries.ask(person_id=1, message_id=1, data="x", asked_at_s=100)

    with pytest.raises(Refusal, match="MESSAGE_TOO_LONG"):
        queries.answer(query.id, {"text": "x" * 201}, now_s=100)
    assert queries.answer(query.id, {"text": "x" * 200}, now_s=115) is query


def test_unknown_query_cannot_be_answered():
    with pytest.raises(Refusal, match="query is too old"):
        CallbackQueries().answer("1", {"text": None}, now_s=0)


def test_fault_meets_only_what_it_names_and_as_often_as_said():
    faults = [Fault("500", "sendMessage", remaining=2)]

    assert take_fault(faults, "getme", has_chat=False) is None
    assert take_fault(faults, "sendmessage", has_chat=True) is not None
    assert take_fault(faults, "sendmessage", has_chat=True) is not None
    assert take_fault(faults, "sendmessage", has_chat=True) is None


def test_fault_without_a_name_leaves_polling_alone():
    faults = [Fault("429")]

    assert take_fault(faults, "getupdates", has_chat=False) is None
    assert take_fault(faults, "getme", has_chat=False) is not None


def test_30_messages_a_second_pass_over_all_chats():
    gate = FloodGate()
    for chat_id in range(1, 31):
        gate.pass_message(chat_id, now_s=100.0)

    with pytest.raises(Refusal) as caught:
        gate.pass_message(99, now_s=100.0)
    assert caught.value.to_json()["parameters"] == {"retry_after": 1}
    gate.pass_message(99, now_s=101.0)


def test_clock_set_back_does_not_open_the_gate():
    gate = FloodGate()
    for _ in range(20):
        gate.pass_message(1, now_s=100.0)

    with pytest.raises(Refusal):
        gate.pass_message(1, now_s=50.0)


def jpeg(width: int, height: int) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 4) + b"hi"
    return (
        b"\xff\xd8"
        + comment
        + b"\xff\xc0"
        + struct.pack(">HBHH", 11, 8, height, width)
        + b"\0" * 9
    )


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height)


@pytest.mark.parametrize("picture", [jpeg, gif])
def test_picture_tells_its_size(picture):
    stored = FileStore().add_photo(Upload("a", picture(640, 480)))

    assert (stored.width_px, stored.height_px) == (640, 480)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "IMAGE_PROCESS_FAILED"),
        (b"\xff\xd8\xff", "IMAGE_PROCESS_FAILED"),
        (b"\x89PNG\r\n\x1a\n", "IMAGE_PROCESS_FAILED"),
        (gif(5001, 5000), "PHOTO_INVALID_DIMENSIONS"),
        (gif(21, 1), "PHOTO_INVALID_DIMENSIONS"),
        (gif(9, 9) + b"x" * 10 * 1024 * 1024, "is too big for a photo"),
    ],
)
def test_what_telegram_takes_for_no_photo_is_refused(content, reason):
    with pytest.raises(Refusal, match=reason):
        FileStore().add_photo(Upload("a", content))


def test_file_keeps_no_path_of_the_sender():
    stored = FileStore().add_document(Upload("../../etc/x.csv", b"a,b"))

    assert (stored.name, stored.path) == ("x.csv", "documents/file_0.csv")


def test_empty_document_is_refused():
    with pytest.raises(Refusal, match="file must be non-empty"):
        FileStore().add_document(Upload("a.csv", b""))
