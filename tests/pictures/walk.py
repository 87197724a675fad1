"""Walk a chat by the places behind its buttons, and photograph each screen once."""

import asyncio
from collections import Counter, deque

from playwright.async_api import expect

from bot.looks.places import read_place

# So many screens of one kind are looked into for what only some of them lead to.
_OF_A_KIND = 2
_PATIENCE_S = 20.0
_LOOK_EVERY_S = 0.1
_LONGEST_WAIT_LOOKS = 600
# The longest screen is seen whole, and nothing stands over it.
_UNROLL = """() => {
  const set = (where, name, value) => {
    for (const part of document.querySelectorAll(where)) {
      part.style.setProperty(name, value, "important");
    }
  };
  set(".desk, .device, .chat, .messages", "max-height", "none");
  set(".desk, .device, .chat, .messages", "overflow", "visible");
  set(".device, .chat", "height", "auto");
  set(".toasts, .composer, .reply-keyboard, .world, .panel", "visibility", "hidden");
  set(".top, .bar", "position", "static");
}"""


def name_of(data):
    """Return the name of the screen that a button leads to; None for a form's own buttons."""
    where = read_place(data)
    if where is None:
        return None
    return f"new:{where.arguments[0]}" if where.name == "new" else where.name


def buttons_of(message):
    return [b for row in message["buttons"] for b in row if b["kind"] == "callback"]


class Chat:
    """One person's chat with the bot, over the sandbox's API."""

    def __init__(self, http, person_id):
        self.person_id = person_id
        self._http = http
        self._path = f"/api/telegram/people/{person_id}"

    async def has_come(self, *words, but_not=()):
        """Wait for the newest message of the bot that has all of these in it."""
        for _ in range(_LONGEST_WAIT_LOOKS):
            for message in reversed(await self.messages()):
                has_all = all(each in message["text"] for each in words)
                if has_all and message["id"] not in but_not:
                    return message
            await asyncio.sleep(_LOOK_EVERY_S)
        raise AssertionError(f"{words!r} never came")

    async def messages(self):
        found = (await self._http.get(f"{self._path}/chat")).json()["messages"]
        return [message for message in found if message["from"] == "bot"]

    async def say(self, text):
        before = await self.messages()
        await self._http.post(f"{self._path}/messages", json={"text": text})
        return await self._what_came(before, since=_newest(before) + 1)

    async def press(self, message, data):
        before = await self.messages()
        body = {"messageId": message["id"], "data": data}
        reply = await self._http.post(f"{self._path}/presses", json=body)
        return await self._what_came(before, since=message["id"]) if reply.is_success else None

    async def open(self, url):
        before = await self.messages()
        await self._http.post(f"{self._path}/links", json={"url": url})
        return await self._what_came(before, since=_newest(before) + 1)

    async def _what_came(self, before, *, since):
        """Return the newest message that is new or was changed; None for a mere toast.

        What changes further up, such as how a prompt goes, is no answer.
        """
        known = {message["id"]: message for message in before}
        for _ in range(int(_PATIENCE_S / _LOOK_EVERY_S)):
            later = [m for m in await self.messages() if m["id"] >= since]
            changed = [m for m in later if known.get(m["id"]) != m]
            if changed and changed[-1]["buttons"]:
                return changed[-1]
            await asyncio.sleep(_LOOK_EVERY_S)
        return None


def _newest(messages):
    return max((message["id"] for message in messages), default=0)


async def begin(chat, *names):
    """Go from home to a screen or form by the names on the way; return its message."""
    message = await chat.say("/menu")
    for name in names:
        message = await press(chat, message, name)
    return message


async def press(chat, message, name, *arguments):
    """Press the button that leads to the screen, with these arguments if some are given."""
    found = [button["data"] for button in buttons_of(message) if name_of(button["data"]) == name]
    wanted = [
        data for data in found if read_place(data).arguments[: len(arguments)] == [*arguments]
    ]
    return await chat.press(message, wanted[0])


async def answer(chat, *answers):
    """Type the answers, take what is proposed for the other questions; return the summary."""
    for text in answers:
        message = await chat.say(text)
    while not any(":ok~" in button["data"] for button in buttons_of(message)):
        choices = [button["data"] for button in buttons_of(message) if ":c:" in button["data"]]
        message = await chat.press(message, choices[0])
    return message


async def confirm(chat, message):
    """Do what the summary asks."""
    data = next(b["data"] for b in buttons_of(message) if ":ok~" in b["data"])
    return await chat.press(message, data)


class Walker:
    """Remembers what was photographed."""

    def __init__(self, page, folder):
        self.seen = set()
        self._page = page
        self._folder = folder

    async def walk(self, chat, start, wanted, *, named):
        """Walk on from the screen that the words bring; `named` is what it is called."""
        looked_into = Counter()
        waiting = deque([((), named)])
        tried = set()
        while waiting and not set(wanted) <= self.seen:
            path, name = waiting.popleft()
            if looked_into[name] >= _OF_A_KIND:
                continue
            looked_into[name] += 1
            message = await self._reach(chat, start, path)
            if message is None:
                continue
            await self.photograph(chat, message, name)
            for button in buttons_of(message):
                data, following = button["data"], name_of(button["data"])
                if following in wanted and data not in tried:
                    tried.add(data)
                    # What was never seen comes first.
                    put = waiting.append if following in self.seen else waiting.appendleft
                    put(((*path, data), following))

    async def _reach(self, chat, start, path):
        message = await chat.say(start)
        for data in path:
            if message is None or data not in {b["data"] for b in buttons_of(message)}:
                return None
            message = await chat.press(message, data)
        return message

    async def photograph(self, chat, message, name):
        """Take the screen's picture unless there is one."""
        if name in self.seen:
            return
        self.seen.add(name)
        await self._page.get_by_test_id(f"person-{chat.person_id}").click()
        bubble = self._page.get_by_test_id(f"message-{message['id']}")
        words = [line for line in message["text"].splitlines() if line.strip()]
        await expect(bubble).to_contain_text(words[-1][:40])
        await self._page.evaluate(_UNROLL)
        await bubble.screenshot(
            path=self._folder / f"{name.replace(':', '-')}.png", animations="disabled"
        )
