"""The state of the local Telegram: one bot, the people who chat with it, and what waits."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from sandbox.rows import Part, Shelf, Whole, under
from sandbox.telegram.callbacks import CallbackQueries
from sandbox.telegram.errors import Json, Unplayable
from sandbox.telegram.faults import Fault, FloodGate
from sandbox.telegram.files import FileStore
from sandbox.telegram.inline import InlineQueries
from sandbox.telegram.messages import Message, Messages
from sandbox.telegram.people import Chat, Group, Person
from sandbox.telegram.profile import Profile
from sandbox.telegram.updates import Updates

# Beyond 32 bits, as the ids of new accounts are.
_FIRST_PERSON_ID: Final = 5_200_000_001
_FIRST_GROUP_ID: Final = -4_100_000_001


class Telegram:
    """One bot's Telegram; `changed` is called after everything worth showing or saving.

    `deleted` is called when messages are gone, for whoever may still know what they said.
    `token` is `<digits>:<anything>`, as BotFather gives it; the digits are the bot's id.
    Neither loop nor network is in here: who waits for something uses `watched`. Faults and flood
    limits are switches of the running program and not part of its state.
    """

    def __init__(
        self,
        *,
        token: str,
        username: str = "FluxPaySandboxBot",
        now: Callable[[], datetime],
        changed: Callable[[], None],
        deleted: Callable[[], None] = lambda: None,
    ) -> None:
        self.token = token
        self.username = username
        self.now = now
        self.bot_id = int(token.partition(":")[0])
        self.people: Shelf[int, Person] = Shelf(vars)
        self.groups: Shelf[int, Group] = Shelf(vars)
        self.messages = Messages()
        # A sandbox begun anew goes on above the ids of the one before, which a bot may remember.
        self.updates = Updates(next_id=int(now().timestamp()))
        self.callbacks = CallbackQueries()
        self.inline = InlineQueries()
        self.profile = Profile()
        self.files = FileStore()
        self.faults: list[Fault] = []
        self.flood = FloodGate()
        self.flood_limits = False
        self.revision = 0
        self.poll_turn = 0
        self.is_closed = False
        self._changed = changed
        self._deleted = deleted
        self._watchers: list[Callable[[], None]] = []

    def parts(self) -> dict[str, Part]:
        """Return the parts of its state."""
        return {
            "people": self.people,
            "groups": self.groups,
            **under("messages", self.messages.parts()),
            "updates": Whole(lambda: self.updates.dump()),  # noqa: PLW0108 - they are replaced by `load`
            **under("callbacks", self.callbacks.parts()),
            **under("inline", self.inline.parts()),
            "profile": Whole(lambda: self.profile.dump()),  # noqa: PLW0108 - it is replaced by `load`
            "files": self.files.shelf,
            "revision": Whole(lambda: self.revision),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Replace the whole state by one that its parts were."""
        self.people.replace((item["id"], Person(**item)) for item in state["people"])
        self.groups.replace((item["id"], Group(**item)) for item in state.get("groups", []))
        self.messages.load(state["messages"])
        self.updates = Updates.from_dump(state["updates"])
        self.callbacks.load(state["callbacks"])
        self.inline.load(state.get("inline"))
        self.profile = Profile(**state["profile"])
        self.files.load(state["files"])
        self.revision = state["revision"]
        self.wake()

    def add_person(
        self,
        *,
        first_name: str,
        phone_number: str,
        language_code: str = "en",
        person_id: int | None = None,
    ) -> Person:
        """Add somebody who has not met the bot yet.

        Raises:
            Unplayable: No name, or the id is taken.
        """
        if not first_name.strip():
            raise Unplayable("a person needs a first name")
        number = person_id if person_id is not None else self._free_person_id()
        if number in self.people or number == self.bot_id or number < 1:
            raise Unplayable(f"no person can have the id {number}")
        person = Person(number, first_name.strip(), phone_number.strip(), language_code)
        self.people[number] = person
        self.touched()
        return person

    def get_person(self, person_id: int) -> Person:
        """Return a person.

        Raises:
            Unplayable: Nobody has this id (404).
        """
        if person_id not in self.people:
            raise Unplayable(f"nobody has the id {person_id}", status=404)
        return self.people[person_id]

    def add_group(self, *, title: str, founder: Person) -> Group:
        """Let somebody make a group with the bot in it.

        Raises:
            Unplayable: No title.
        """
        if not title.strip():
            raise Unplayable("a group needs a title")
        number = min([_FIRST_GROUP_ID + 1, *self.groups]) - 1
        group = self.groups[number] = Group(number, title.strip(), [founder.id])
        return group

    def find_chat(self, chat_id: int) -> Chat | None:
        """Return the group or the person's chat with this id, or None."""
        return self.people.get(chat_id) or self.groups.get(chat_id)

    def get_group(self, group_id: int) -> Group:
        """Return a group.

        Raises:
            Unplayable: There is none with this id (404).
        """
        if group_id not in self.groups:
            raise Unplayable(f"no group has the id {group_id}", status=404)
        return self.groups[group_id]

    def now_s(self) -> int:
        """Return the Unix time, in whole seconds as Telegram tells it."""
        return int(self.now().timestamp())

    def bot_json(self) -> Json:
        """Return Telegram's `User` of the bot."""
        return {
            "id": self.bot_id,
            "is_bot": True,
            "first_name": self.profile.text("name") or self.username,
            "username": self.username,
        }

    def message_json(self, message: Message) -> Json:
        """Return Telegram's `Message`."""
        sender = self.people.get(message.sender_id or 0)
        chat = self.find_chat(message.chat_id)
        if chat is None:
            raise LookupError(message.chat_id)
        return message.to_json(
            sender=sender.user_json() if sender else self.bot_json(), chat=chat.chat_json()
        )

    def delete(self, messages: Iterable[Message]) -> None:
        """Delete messages and all that tells what they said, but for updates that wait."""
        for message in messages:
            self.messages.delete(message)
        self.forget_deleted()
        self.touched()

    def forget_deleted(self) -> None:
        """Leave nothing that a deleted message said outside of the chats."""
        self.updates.forget_deleted(self.messages.is_gone)
        self._deleted()

    def unread(self, person: Person) -> int:
        """Return how many of the bot's messages the person has not read."""
        return sum(
            message.from_bot and message.id > person.read_up_to_id
            for message in self.messages.of(person.id)
        )

    def queue(self, kind: str, payload: Json) -> None:
        """Queue an update for the bot."""
        self.updates.add(kind, payload)
        self.touched()

    def touched(self) -> None:
        """Tell everybody who watches that something is different now."""
        self.revision += 1
        self._changed()
        self.wake()

    def wake(self) -> None:
        """Let those who wait look again."""
        for watcher in list(self._watchers):
            watcher()

    @contextmanager
    def watched(self, watcher: Callable[[], None]) -> Iterator[None]:
        """Call `watcher` at each change while the block runs."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def begin_poll(self) -> int:
        """Return the turn of a new poller; who waits with an older turn is terminated."""
        self.poll_turn += 1
        self.wake()
        return self.poll_turn

    def close(self) -> None:
        """End every long poll and every call that waits; call it as the server shuts down."""
        self.is_closed = True
        self.wake()

    def _free_person_id(self) -> int:
        return max([_FIRST_PERSON_ID - 1, *self.people]) + 1
