"""A business from its first plan to a suspended client, through the chats and the phone alone."""

import re
from datetime import timedelta

from tests.e2e.world import eventually, open_world

DAY_S = 24 * 3600
SUSPENDED = (
    "DEMO\n⛔ The subscription of Asha to Gold is suspended.\n"
    "KES 1,500 was not paid. Nothing new is billed meanwhile."
)


def spoken(day):
    """A date as the bot says it: 5 December 2026."""
    return f"{day.day} {day:%B %Y}"


def brief(day):
    """A retry's date as the bot says it: 6 Dec."""
    return f"{day.day} {day:%b}"


def steady(text):
    """The text without what differs from run to run: codes, and the minute of the hour."""
    text = re.sub(r"\b[A-Z0-9]{10}\b", "CODE", text)
    return re.sub(r"\b08:0\d\b", "08:00", text)


async def said_since(person, first):
    return [
        steady(m["text"]) for m in await person.chat() if m["from"] == "bot" and m["id"] > first
    ]


async def newest(person):
    return max(message["id"] for message in await person.chat())


async def create_gold_plan(owner):
    await owner.say("/start")
    await owner.press("New plan")
    await owner.shown("What is the plan called?")
    await owner.say("Gold")
    await owner.say("1,500")
    await owner.press("Every month")
    await owner.shown("On which day of the month")
    await owner.say("5")
    await owner.press("Create the plan")
    await owner.shown("Saved.")


async def onboard_asha(world, first_bill):
    owner = world.owner
    await owner.press("New client")
    await owner.shown("What is the client's name?")
    await owner.say("Asha")
    await owner.say("0712 345 678")
    await owner.press("Skip")
    await owner.press(spoken(first_bill))
    await owner.press("Add")
    invitation = await owner.shown("invites Asha")
    await world.asha.open_link(re.search(r"https://t\.me/\S+", invitation)[0])
    await world.asha.press("Accept")
    await world.asha.shown("Thank you!")
    await owner.shown("accepted your invitation")


def failed(why, what_next):
    return (
        "DEMO\n❌ Asha (0712 345 678) did not pay KES 1,500.\nPlan: Gold\n"
        + why
        + "\n"
        + what_next
    )


def retrying(number):
    return f"DEMO\n🔁 Asha is asked for KES 1,500 again.\nPlan: Gold\nThis is retry {number} of 3."


def received(period):
    return (
        "DEMO\n💰 KES 1,500 received from Asha (0712 345 678).\n"
        f"Plan: Gold, period from {spoken(period)}\nM-Pesa code: CODE"
    )


def receipt(period, paid, following):
    return (
        "DEMO\n🧾 Receipt from Wanjiku\n\nClient: Asha\n"
        f"Plan: Gold, period from {spoken(period)}\nAmount: KES 1,500\nM-Pesa code: CODE\n"
        f"Paid: {spoken(paid)}, 08:00\nNext payment: {spoken(following)}\n"
        "Balance: nothing more to pay"
    )


def not_paid(why, what_next):
    return (
        "DEMO\nYour payment of KES 1,500 to Wanjiku for Gold did not go through.\n"
        f"{why}\n\n{what_next}\n\n"
        "To pay by hand: M-Pesa, Lipa na M-Pesa, Pay Bill.\n"
        "Business number: 174379\nAccount number: FP1\nAmount: 1500"
    )


async def told(person, since, number):
    """Wait until the bot has said so many things since then."""
    return await eventually(lambda: said_since(person, since), lambda texts: len(texts) >= number)


async def test_three_billing_days_one_paid_one_retried_and_paid_one_never_paid(world):
    owner, asha = world.owner, world.asha
    first = (await world.move_to_next_month()).replace(day=5)
    second = (first + timedelta(days=31)).replace(day=5)
    third = (second + timedelta(days=31)).replace(day=5)
    await create_gold_plan(owner)
    await onboard_asha(world, first)
    owner_from, asha_from = await newest(owner), await newest(asha)

    await world.move(toNextBillingDay=True)
    await asha.answer("pay")
    await told(asha, asha_from, 1)
    await told(owner, owner_from, 1)

    await world.move(toNextBillingDay=True)
    await asha.answer("cancel")
    await told(asha, asha_from, 2)
    await told(owner, owner_from, 2)
    await world.move(advanceS=DAY_S)
    await asha.answer("pay")
    await told(asha, asha_from, 3)
    await told(owner, owner_from, 4)

    await world.move(toNextBillingDay=True)
    for number, action in enumerate(("no_money", "wrong_pin", "time_out", "cancel")):
        await asha.answer(action)
        await told(asha, asha_from, 4 + number)
        await told(owner, owner_from, 5 + 2 * number)
        await world.move(advanceS=DAY_S)
    await world.move(advanceS=2 * DAY_S)

    owner_heard = [
        received(first),
        failed(
            "The client cancelled the prompt.",
            f"Retry 1 of 3 goes out on {brief(second + timedelta(days=1))}, 08:00.",
        ),
        retrying(1),
        received(second),
        failed(
            "There was not enough money in the M-Pesa account.",
            f"Retry 1 of 3 goes out on {brief(third + timedelta(days=1))}, 08:00.",
        ),
        retrying(1),
        failed(
            "The client entered a wrong M-Pesa PIN.",
            f"Retry 2 of 3 goes out on {brief(third + timedelta(days=2))}, 08:00.",
        ),
        retrying(2),
        failed(
            "The phone could not be reached: it may be off or without network.",
            f"Retry 3 of 3 goes out on {brief(third + timedelta(days=3))}, 08:00.",
        ),
        retrying(3),
        failed(
            "The client cancelled the prompt.",
            "That was the last prompt. Unless the bill is paid, the subscription is suspended on "
            f"{brief(third + timedelta(days=6))}, 08:00.",
        ),
        SUSPENDED,
    ]
    assert await told(owner, owner_from, len(owner_heard)) == owner_heard
    next_prompt = "The next M-Pesa prompt comes on {}, 08:00."
    asha_heard = [
        receipt(first, first, second),
        not_paid(
            "You cancelled the M-Pesa prompt.",
            next_prompt.format(brief(second + timedelta(days=1))),
        ),
        receipt(second, second + timedelta(days=1), third),
        not_paid(
            "There was not enough money in your M-Pesa account.",
            next_prompt.format(brief(third + timedelta(days=1))),
        ),
        not_paid(
            "The M-Pesa PIN was not correct.",
            next_prompt.format(brief(third + timedelta(days=2))),
        ),
        not_paid(
            "Your phone could not be reached: it may have been off or without network.",
            next_prompt.format(brief(third + timedelta(days=3))),
        ),
        not_paid("You cancelled the M-Pesa prompt.", "No further M-Pesa prompt comes by itself."),
    ]
    heard = await told(asha, asha_from, len(asha_heard) + 1)
    assert heard[:-1] == asha_heard
    assert "suspended" in heard[-1]
    await asha.say("/status")
    assert await asha.shown("Suspended")


async def test_a_form_survives_a_kill_in_its_middle(program, world):
    owner = world.owner
    await owner.say("/start")
    await owner.press("New plan")
    await owner.shown("What is the plan called?")
    await owner.say("Gold")

    await program.kill()
    await program.start()

    async with open_world(program) as again:
        await again.owner.say("1,500")
        question = await again.owner.shown("How often is it paid?")
        assert "Name: Gold" in question
        assert "Price: KES 1,500" in question


async def send_brian_a_push(owner):
    await owner.say("/start")
    await owner.press("Simulate STK push")
    await owner.shown("Which phone")
    await owner.say("0722 345 678")
    await owner.say("250")
    await owner.press("Skip")
    await owner.shown("Step 4 of 4")
    await owner.press("Skip")
    await owner.press("Send")
    await owner.shown("STK Push sent to 254722345678. Please check your phone.")


async def test_a_kill_right_after_a_push_costs_neither_prompt_nor_chat_nor_time(program, world):
    await world.move(advanceS=3 * DAY_S)
    await send_brian_a_push(world.owner)
    chat, prompt, now = await world.owner.chat(), await world.brian.prompt(), await world.now()

    await program.kill()
    await program.start()

    async with open_world(program) as again:
        assert await again.brian.prompt() == prompt
        assert (await again.owner.chat())[: len(chat)] == chat
        assert (await again.now())["now"] > now["now"]
        await again.brian.answer("cancel")
        await again.owner.shown("cancelled")


async def test_simulated_push_shows_accepted_and_then_how_it_ended_in_one_message(world):
    owner = world.owner
    await send_brian_a_push(owner)
    before = len(await owner.texts())

    await world.brian.answer("wrong_pin")

    await owner.shown("wrong M-Pesa PIN")
    assert len(await owner.texts()) == before
    assert not [text for text in await owner.texts() if "STK Push sent" in text]
