import pytest

from sandbox.telegram.faults import Fault
from tests.integration.services.stories import chatting_subscription


@pytest.fixture
def settings(settings):

    return settings.for_demo()


async def test_every_screen_of_a_demo_says_so(boss):
    assert boss.text.startswith("DEMO\n")
    await boss.press("New plan")
    assert boss.text.startswith("DEMO\n")

    await boss.say("Gym Gold")

    assert all(message.text.startswith("DEMO\n") for message in boss.messages)


async def test_so_do_the_words_that_bring_a_button_under_the_text_field_and_take_it_away(
    engine, owner, visit, telegram
):
    await chatting_subscription(engine, owner, chat=2001)
    asha = visit(2001, name="Asha")
    await asha.say("/status")
    await asha.press("Confirm my number")
    assert "under the text field" in asha.text
    # What takes it away is deleted at once, unless Telegram fails just then.
    telegram.faults.append(Fault("500", "deleteMessage"))
    await asha.share_contact("254712345678", "Asha", own=True)
    await asha.press("Yes, this one")

    assert any("✓" in message.text for message in asha.messages)
    assert all(message.text.startswith("DEMO\n") for message in asha.messages)
