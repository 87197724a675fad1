"""What the demo book leaves out is made to happen here: by people, in the chat and on a phone."""

import re

from tests.pictures.captions import KISWAHILI
from tests.pictures.walk import Chat, answer, begin, buttons_of, confirm, press

LINK = re.compile(r"https://t\.me/\S+\?start=\w+")
ASHA = "0712 345 678"
BRIAN, HIS_BUSINESS = 1003, "Brian's Laundry"
# Amina has paid all her bills on it, so nothing else is asked of it just now.
QUIET_PHONE = "0720 000 001"
A_DAY_AND_MORE_S = 25 * 3600


async def invite(owner, name, phone):
    """Invite a client, who does not answer yet; return the invitation."""
    await begin(owner, "clients", "new:client")
    summary = await answer(owner, name, phone)
    known = {message["id"] for message in await owner.messages()}
    await confirm(owner, summary)
    return await owner.has_come("t.me/", but_not=known)


async def see_the_invited(walker, news, owner):
    """Look at what an owner may do about an invitation without an answer; return its link."""
    invitation = await invite(owner, "Asha Mwangi", ASHA)
    await news.photograph(owner, invitation, "invitation")
    await owner.say("/cancel")
    wanted = {"activate", "qr", "revoke"}
    await walker.walk(owner, ASHA, wanted, named="client")
    return LINK.search(invitation["text"])[0]


async def see_a_summary(walker, owner):
    """Look at a form before its button is pressed, and leave it so."""
    await begin(owner, "clients", "new:client")
    await walker.photograph(owner, await answer(owner, "Joy Achieng", "0712 999 888"), "f:summary")
    await owner.say("/cancel")


async def see_what_needs_the_owner(http, walker, owner):
    """Lose the answer to a prompt, and the news of it: a day later nobody but he can decide."""
    for fault in ("answer_lost", "callback_lost"):
        (await http.post("/api/faults", json={"kind": fault})).raise_for_status()
    await begin(owner, "new:push")
    await confirm(owner, await answer(owner, QUIET_PHONE, "1200"))
    prompt = await owner.has_come("don't know yet")
    asked = await press(owner, await press(owner, prompt, "txn"), "unpaid")
    await walker.photograph(owner, asked, "unpaid")
    skipped = await http.post("/api/clock", json={"advanceS": A_DAY_AND_MORE_S})
    skipped.raise_for_status()
    await owner.has_come("needs you", "KES 1,200")
    (await http.delete("/api/faults")).raise_for_status()
    await walker.photograph(owner, await begin(owner, "needs"), "needs")


async def see_two_businesses(http, walker, owner, client):
    """Let a client of one business join another, too."""
    brian = Chat(http, BRIAN)
    signing = await brian.say("/start")
    await press(brian, signing, "new:signup")
    await confirm(brian, await answer(brian, HIS_BUSINESS))
    asked = await owner.has_come("asks to bill clients", HIS_BUSINESS)
    lend = next(b["data"] for b in buttons_of(asked) if ":lend:" in b["data"])
    await owner.press(asked, lend)
    await brian.has_come("is approved")
    await begin(brian, "new:plan")
    await confirm(brian, await answer(brian, "Laundry", "800"))
    invitation = await invite(brian, client["firstName"], client["phoneNumber"])
    chat = Chat(http, client["id"])
    opened = await chat.open(LINK.search(invitation["text"])[0])
    await press(chat, opened, "accept")
    both = await chat.say("/status")
    await walker.photograph(chat, await press(chat, both, "my"), "my")


async def see_the_news(http, walker, owner, people):
    """Look at what came by itself, in whose chat it came last."""
    await walker.photograph(owner, await owner.has_come("💰", "received from"), "payment_received")
    await walker.photograph(owner, await owner.has_come("did not pay"), "payment_failed")
    for person in people:
        chat = Chat(http, person["id"])
        for message in reversed(await chat.messages()):
            if "🧾 Receipt from" in message["text"]:
                await walker.photograph(chat, message, "client_receipt")
            if "did not go through" in message["text"]:
                await walker.photograph(chat, message, "client_payment_failed")


async def wish_for_a_digest(owner):
    """Have the daily summary at an hour that each day has behind it soon."""
    await begin(owner, "set", "digest", "new:digest")
    await owner.say("00:05")


async def see_the_digest(http, walker, owner):
    """Let the hour of the daily summary come."""
    known = {message["id"] for message in await owner.messages()}
    skipped = await http.post("/api/clock", json={"advanceS": A_DAY_AND_MORE_S})
    skipped.raise_for_status()
    await walker.photograph(owner, await owner.has_come("📰", but_not=known), "digest")


async def see_it_in_kiswahili(http, walker, owner):
    """Look at the main screens in the other language, the owner's and a client's."""
    await press(owner, await begin(owner, "set"), "lang", "sw")
    invitation = await invite(owner, "Zawadi Njoroge", "0712 000 111")
    await walker.photograph(owner, invitation, "invitation")
    screens = {name for name in KISWAHILI if name.split(":")[0] not in {"f", "new"}}
    await walker.walk(
        owner, "/menu", screens - {"invited", "status", "invitation", "digest"}, named="home"
    )
    form = await begin(owner, "clients", "new:client")
    await walker.photograph(owner, form, "new:client")
    await walker.photograph(owner, await answer(owner, "Joy Achieng", "0712 999 888"), "f:summary")
    await owner.say("/cancel")
    await see_the_digest(http, walker, owner)
    zawadi = await _somebody_new(http, firstName="Zawadi", phoneNumber="254712000111")
    opened = await zawadi.open(LINK.search(invitation["text"])[0])
    await walker.photograph(zawadi, opened, "invited")
    await press(zawadi, opened, "accept")
    await walker.photograph(zawadi, await zawadi.say("/status"), "status")


async def _somebody_new(http, **who):
    added = await http.post("/api/telegram/people", json=who | {"languageCode": "sw"})
    added.raise_for_status()
    return Chat(http, added.json()["id"])
