import pytest


@pytest.fixture
def settings(settings):

    return settings.for_demo()


async def test_every_screen_of_a_demo_says_so(boss):
    assert boss.text.startswith("DEMO\n")
    await boss.press("New plan")
    assert boss.text.startswith("DEMO\n")

    await boss.say("Gym Gold")

    assert all(message.text.startswith("DEMO\n") for message in boss.messages)
