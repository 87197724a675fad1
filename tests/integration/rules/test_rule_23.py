"""Rule 23: an owner hears what he wants to hear, as loudly as he wants, and of failures always."""

from datetime import UTC, datetime

import pytest

from tests.integration.rules.reading import go
from tests.integration.services.stories import prompted_subscription, report


@pytest.fixture
def delivered(engine, bot, boss):
    """Deliver all that waits; return what came, newest last."""

    async def deliver():
        known = {message.id for message in boss.messages}
        while await engine.outbox.deliver_notifications(bot.messenger):
            pass
        return [message for message in boss.messages if message.id not in known]

    return deliver


async def press_until(boss, kind, sign):
    """Press a kind of notice until its button says so."""
    for _ in range(3):
        label = next(b["text"] for b in boss.buttons if b["data"].startswith(f"v1:notes:{kind}"))
        if label.endswith(sign):
            return
        await boss.press(label)
    raise AssertionError(boss.labels)


async def test_rule_23_paid_comes_with_a_sound_silent_or_not_at_all(
    boss, engine, owner, gateway, delivered, texts
):
    _ = texts.gettext
    phones = iter(range(254712000001, 254712000010))
    for mode, comes in ((_("on"), 1), (_("silent"), 1), (_("off"), 0)):
        await boss.say("/settings")
        await go(boss, "notes")
        await press_until(boss, "PAID", mode)
        phone = next(phones)
        await prompted_subscription(engine, owner, phone_number=str(phone))
        await delivered()

        receipt = f"RKTQDM{phone % 10000:04}"
        await report(engine, gateway, phone=phone, receipt=receipt)

        paid = [message for message in await delivered() if receipt in message.text]
        assert len(paid) == comes
        assert [message.is_silent for message in paid] == [mode == _("silent")] * comes


async def test_rule_23_failures_always_come(boss, engine, owner, gateway, delivered, texts):
    _ = texts.gettext
    await boss.say("/settings")
    await go(boss, "notes")
    await press_until(boss, "FAILED", _("silent"))
    label = next(b["text"] for b in boss.buttons if b["data"].startswith("v1:notes:FAILED"))
    await boss.press(label)
    assert label.replace(_("silent"), _("on")) in boss.labels, "off is never offered"
    await press_until(boss, "FAILED", _("silent"))
    await prompted_subscription(engine, owner)
    await delivered()

    await report(engine, gateway, code=1032)

    (failed,) = await delivered()
    assert failed.text.startswith("❌")
    assert failed.is_silent


async def test_rule_23_the_days_summary_comes_once_at_its_hour(
    boss, engine, owner, gateway, clock, delivered, texts
):
    await boss.say("/settings")
    await go(boss, "digest")
    await boss.press("19:00")
    await prompted_subscription(engine, owner)
    await report(engine, gateway)
    await delivered()
    clock.set(datetime(2026, 11, 23, 16, 0, tzinfo=UTC))

    for _ in range(2):
        await engine.digests.queue_due_digests()

    (summary,) = await delivered()
    assert summary.text.startswith("📰 Wanjiku Fitness")
    assert "KES 1,500" in summary.text
    assert texts.gettext("Due today: {n}").format(n=0) in summary.text
    await go(boss, "home")
    assert boss.text.startswith("Wanjiku Fitness"), "home opens below it"
    assert boss.messages[-1].id > summary.id
