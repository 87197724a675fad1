"""Rule 5: every screen leads back to where one came from, and home; every form back and out."""

import re

import pytest

from core.billing.permissions import Role
from tests.factories import make_plan
from tests.integration.services.stories import prompted_subscription

# What does something for good is left alone: the screen that asks for it is looked at.
FINAL = {
    "accept",
    "archived",
    "cancelled",
    "declined",
    "exported",
    "hushed",
    "keygone",
    "lang",
    "quityes",
    "staffgone",
    "unlinked",
    "unpaidyes",
}
_ID = re.compile(r":\d+")


@pytest.fixture
async def business(engine, owner):
    """A business with one of each thing."""
    plan = await make_plan(engine, owner)
    await prompted_subscription(engine, owner, plan=plan)
    await engine.api_keys.make(owner.id, made_by_id=None)
    await engine.staff.invite(owner.id, Role.CASHIER)


def place_of(data):
    """The place that a button leads to, whatever it is about."""
    return data.removeprefix("v1:").split("~")[0]


def screen_of(data):
    return _ID.sub("", place_of(data))


class Walk:
    """Opens every screen that can be reached from home, once, and looks at its ways out."""

    def __init__(self, boss, texts):
        self.boss = boss
        self.back = texts.gettext("◀ Back")
        self.newer = texts.gettext("◀ Newer")
        self.cancel = texts.gettext("✖️ Cancel")
        self.home = texts.gettext("🏠 Home")
        self.seen = {"home"}
        self.looked_at = []

    async def from_home(self):
        await self.boss.say("/menu")
        waiting = self._new_buttons({"home"})
        while waiting:
            data, ways_back = waiting.pop()
            before = self.boss.messages[-1].inline_keyboard
            await self.boss.press_data(self.boss.messages[-1].id, data, force=True)
            if self.boss.messages[-1].inline_keyboard == before:
                continue  # A word in passing left the screen as it was.
            self.looked_at.append(place_of(data))
            if place_of(data).startswith("new:"):
                await self._leave_form()
            else:
                waiting += self._look_at_screen(place_of(data), ways_back)

    async def _leave_form(self):
        place = self.looked_at[-1]
        assert {self.back, self.cancel} <= set(self.boss.labels), (place, self.boss.labels)
        await self.boss.say("/cancel", "/menu")

    def _look_at_screen(self, place, ways_back):
        """Back leads to a screen that one has come through."""
        signs = [b for b in self.boss.buttons if b["text"].startswith("◀")]
        back = {place_of(b["data"]) for b in signs if b["text"] != self.newer}
        assert len(back) == 1, (place, self.boss.labels)
        assert back <= ways_back, (place, back, ways_back)
        # A question has its answers and nothing beside them: the safe one, the first, leads back.
        is_question = self.boss.labels[0].startswith("◀") and self.boss.labels[0] != self.back
        assert is_question or self.home in self.boss.labels, (place, self.boss.labels)
        return self._new_buttons({place, *ways_back})

    def _new_buttons(self, ways_back):
        found = []
        for button in self.boss.buttons:
            data = button.get("data")
            if button["kind"] != "callback" or screen_of(data) in self.seen:
                continue
            if screen_of(data).split(":")[0] in FINAL | {"home"}:
                continue
            self.seen.add(screen_of(data))
            found.append((data, ways_back))
        return found


async def test_rule_05_every_screen_leads_back_to_where_one_came_from_and_home(
    boss, business, texts
):
    walk = Walk(boss, texts)

    await walk.from_home()

    screens = {place.split(":")[0] for place in walk.looked_at}
    assert {"set", "billat", "hfrom", "notes", "staffer", "key", "account", "new"} <= screens
    assert len(walk.looked_at) > 30


async def test_rule_05_back_in_a_form_leads_to_the_question_before_and_out_of_the_first(
    boss, texts
):
    _ = texts.gettext
    await boss.press(_("📋 Plans"), _("🆕 New plan"))
    first = boss.text
    await boss.say("Gym")
    assert boss.text != first

    await boss.press(_("◀ Back"))
    assert _("Name") in boss.text.split("\n")[1]
    await boss.press(_("◀ Back"))

    assert boss.text.startswith(_("Plans"))
