"""All that the sandbox plays, put together: time, Telegram, phones, M-Pesa and Daraja."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.clock import WorldClock
from sandbox.daraja.apps import DEFAULT_APP, DarajaApp
from sandbox.daraja.courier import Courier
from sandbox.daraja.routes import Daraja
from sandbox.daraja.tokens import AccessTokens
from sandbox.events import Topic
from sandbox.exchanges import Exchanges
from sandbox.mpesa.faults import Faults
from sandbox.mpesa.network import Mpesa
from sandbox.rows import Parts, Whole, under
from sandbox.telegram.model import Telegram

# The form of a real token, but of no real bot.
DEFAULT_BOT_TOKEN = "7000000001:FluxPay-Sandbox-Token-Of-No-Real-Bot"  # noqa: S105 - play token

FIRST_PEOPLE = (
    (1001, "Wanjiku", "254712345001"),
    (1002, "Asha", "254712345678"),
    (1003, "Brian", "254722345678"),
)

_FORM = 2
"""The form of the state; the first one, a JSON file, could be behind what had been answered, and
kept what deleted messages had said.
"""
_SKIPPED_IDS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How a sandbox is set up.

    Attributes:
        state_path: Where the world outlives a restart; None keeps it in memory.
        with_telegram: False leaves only Daraja and the phones, for use with the real Telegram.
        callback_delay_s: From the answer on the phone to the callback.
        begins_at: What a new world's clock shows at first; None: the machine's time.
        with_tour: The page leads a newcomer through FluxPay's first bill; other bots have
            other buttons.
    """

    host: str = "127.0.0.1"
    port: int = 8081
    state_path: Path | None = None
    bot_token: str = DEFAULT_BOT_TOKEN
    apps: tuple[DarajaApp, ...] = (DEFAULT_APP,)
    with_telegram: bool = True
    callback_delay_s: float = 1.0
    begins_at: datetime | None = None
    with_tour: bool = False


class World:
    """The parts of the sandbox; `changed` hears of each change, by topic."""

    def __init__(self, options: SandboxOptions, *, changed: Callable[[Topic], None]) -> None:
        self._tell = changed
        self.revision = 0
        """Grows with all that can be seen in a chat or on a phone."""
        self.with_telegram = options.with_telegram
        self.clock = WorldClock()
        if options.begins_at is not None:
            self.clock.offset = options.begins_at - self.clock.now()
        now = self.clock.now
        self.telegram = Telegram(
            token=options.bot_token,
            now=now,
            changed=self._telegram_changed,
            deleted=lambda: self.exchanges.forget_deleted(),  # noqa: PLW0108 - they come later
        )
        self.exchanges = Exchanges(
            now=now,
            changed=lambda: changed("exchanges"),
            is_gone=self.telegram.messages.is_gone,
        )
        self.tokens = AccessTokens(now=now)
        faults = Faults()
        self.courier = Courier(
            now=now,
            faults=faults,
            exchanges=self.exchanges,
            changed=lambda: changed("exchanges"),
            delay_s=options.callback_delay_s,
        )
        self.mpesa = Mpesa(
            now=now,
            answered=self.courier.post,
            changed=lambda: self._changed("phones"),
            faults=faults,
        )
        self.daraja = Daraja(
            apps=options.apps,
            mpesa=self.mpesa,
            tokens=self.tokens,
            courier=self.courier,
            now=now,
        )
        self.parts: Parts = {
            "form": Whole(lambda: _FORM),
            "clock.offset_s": Whole(lambda: self.clock.offset / timedelta(seconds=1)),
            **under("telegram", self.telegram.parts()),
            **under("mpesa", self.mpesa.parts()),
            "tokens": Whole(self.tokens.dump),
            "callbacks": self.courier.letters,
            **under("exchanges", self.exchanges.parts()),
        }

    def populate(self) -> None:
        """Let the first people move in: the owner and two clients."""
        for person_id, first_name, number in FIRST_PEOPLE:
            if self.with_telegram:
                self.telegram.add_person(
                    first_name=first_name, phone_number=number, person_id=person_id
                )
            self.mpesa.give_phone(number, name=first_name)

    def run_due(self) -> None:
        """Do what the time has come for: prompts run out, callbacks set out."""
        self.mpesa.expire_due()
        self.courier.deliver_due()

    def next_due_at(self) -> datetime | None:
        """Return when there is something to do by itself again."""
        instants = (self.mpesa.next_expiry_at(), self.courier.next_due_at())
        return min((each for each in instants if each is not None), default=None)

    def phones_changed(self) -> None:
        """Tell that the page changed a phone or a fault itself."""
        self._changed("phones")

    def clock_changed(self) -> None:
        """Tell that time was skipped, and do what became due by that."""
        self.run_due()
        self._tell("clock")

    def load(self, saved: dict[str, Any]) -> None:
        """Take back the state that its parts were; one of another form raises what it may."""
        self.clock.offset = timedelta(seconds=saved["clock"]["offset_s"])
        self.telegram.load(saved["telegram"])
        self.mpesa.load(saved["mpesa"])
        self.tokens.load(saved["tokens"])
        self.courier.load(saved["callbacks"])
        self.exchanges.load(saved["exchanges"])
        if saved.get("form") != _FORM:
            # A kill may have cost the newest updates, whose ids a bot has seen: none comes twice.
            self.telegram.updates.next_id += _SKIPPED_IDS
            self.telegram.forget_deleted()

    def _changed(self, topic: Topic) -> None:
        self.revision += 1
        self._tell(topic)

    def _telegram_changed(self) -> None:
        """Give a phone to everybody on Telegram who has none yet, and pass the news on."""
        for person in self.telegram.people.values():
            self.mpesa.give_phone(person.phone_number, name=person.first_name)
        self._changed("telegram")
