"""What every handler is given: the engine, the person, his language."""

from typing import Any, cast

from telegram import Update
from telegram import User as Account
from telegram.ext import Application, CallbackContext, ExtBot

from bot.notices.messenger import ChatMessenger
from bot.words.texts import Texts, texts_for
from core.billing.permissions import Permission
from core.engine import Engine
from core.errors import NotAllowed
from core.models import User
from core.services.office.acting import Acting

ENGINE = "engine"
MESSENGER = "messenger"

Data = dict[Any, Any]


class Context(CallbackContext[ExtBot[None], Data, Data, Data]):
    """One update being handled. Nothing in it outlives the update: state lives in the engine."""

    is_answered: bool = False
    """The press was answered; Telegram takes one answer."""
    met: User | None = None
    acts: Acting | None = None
    """For whom he acts, once a screen has asked."""
    incoming: Update | None = None
    """What is being handled; a task that outlives it hands it to the error handler."""

    @property
    def engine(self) -> Engine:
        """The billing engine."""
        return cast("Engine", self.bot_data[ENGINE])

    @property
    def messenger(self) -> ChatMessenger:
        """The keeper of messages that change on their own."""
        return cast("ChatMessenger", self.bot_data[MESSENGER])

    @property
    def person(self) -> User:
        """Who wrote or pressed."""
        if self.met is None:
            raise LookupError("nobody was met in this update")
        return self.met

    @property
    def texts(self) -> Texts:
        """His language; English for somebody unknown."""
        return texts_for(self.met.language if self.met else "en", zone=self.engine.zone)

    async def acting(self, may: Permission = Permission.MANAGE) -> Acting:
        """Return the person in the business for which he acts, if he may do this there.

        Raises:
            NotAllowed: He has no business, or his role in it is too small.
        """
        self.acts = await self.engine.acting.get(self.person.telegram_id, may=may)
        return self.acts

    async def works_for_another(self) -> bool:
        """Tell whether the person acts as somebody's staff."""
        is_likely = self.person.acts_for_id is not None
        return is_likely and await self.engine.acting.works(self.person.telegram_id)

    async def find_acting(self) -> Acting | None:
        """Return the person in the business for which he acts, None if there is none."""
        try:
            return await self.acting(Permission.SEE)
        except NotAllowed:
            return None

    async def owner(self, may: Permission = Permission.MANAGE) -> User:
        """Return the owner for whom the person acts: himself, or the one whose staff he is.

        Raises:
            NotAllowed: As for `acting`.
        """
        return (await self.acting(may)).owner

    async def meet(self, account: Account) -> User:
        """Find the person or take his name down."""
        self.met = await self.engine.people.meet(
            telegram_id=account.id, name=account.full_name, language_code=account.language_code
        )
        return self.met


App = Application[ExtBot[None], Context, Data, Data, Data, None]
