"""Rule 27: a sticker or a voice note where text is expected; an edited message is ignored."""

import pytest

from core.models import Dialog
from sandbox.telegram import acts
from tests.integration.bot.people import idle

STICKER = {
    "file_id": "s",
    "file_unique_id": "s",
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
}
CONTENTS = {
    "sticker": {"sticker": STICKER},
    "voice": {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 2}},
    "photo": {"photo": [{"file_id": "p", "file_unique_id": "p", "width": 90, "height": 90}]},
    "location": {"location": {"latitude": -1.28, "longitude": 36.82}},
}


@pytest.mark.parametrize("kind", CONTENTS)
async def test_rule_27_in_a_form_it_is_said_what_is_expected(boss, telegram, texts, kind):
    await boss.say("/newplan", "Gym")
    before = (await Dialog.get()).answers

    acts.send(telegram, boss.person, CONTENTS[kind])
    await idle(telegram)

    assert texts.gettext("Here I need the answer as text. Please type it.") in boss.text
    assert (await Dialog.get()).answers == before


@pytest.mark.parametrize("kind", CONTENTS)
async def test_rule_27_outside_a_form_one_line_shows_the_way(boss, telegram, texts, kind):
    acts.send(telegram, boss.person, CONTENTS[kind])
    await idle(telegram)

    assert boss.text == texts.gettext("I read text only. The menu shows what I can do.")


async def test_rule_27_an_edited_message_is_no_new_answer(boss, telegram):
    await boss.say("/newplan")
    message = acts.say(telegram, boss.person, "Gym")
    await idle(telegram)
    count, before = len(boss.messages), (await Dialog.get()).answers

    acts.edit(telegram, boss.person, message.id, "Swimming pool")
    await idle(telegram)

    assert len(boss.messages) == count
    assert (await Dialog.get()).answers == before
