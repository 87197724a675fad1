"""People: meeting them, and letting them run a business here."""

from core.billing.text import check_text
from core.database import transaction
from core.errors import InvalidInput, InvalidValue, NotAllowed, NotFound
from core.models import Approval, Client, User
from core.services.audit import audit
from core.services.context import Context
from core.services.notices import Notices

LANGUAGES = ("en", "sw")


class PeopleService:
    """Who uses the bot."""

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    async def meet(self, *, telegram_id: int, name: str, language_code: str | None) -> User:
        """Return the person, known from now on. An admin may run a business at once.

        The language is Telegram's at the first meeting, and from then on what he chose.
        """
        user = await self.find(telegram_id)
        if user is None:
            user = await self._create(telegram_id, name, _language(language_code))
        if user.blocked_at is not None:  # Whoever writes has let us in again.
            await Client.filter(telegram_id=telegram_id).update(blocked_at=None)
        if user.name != name[:200] or user.blocked_at is not None:
            user.name, user.blocked_at = name[:200], None
            await user.save(update_fields=["name", "blocked_at"])
        has_to_be_let_in = user.approval is not Approval.APPROVED and user.left_at is None
        if self.is_admin(telegram_id) and has_to_be_let_in:
            await self._approve(user, lend_account=True)
        return user

    async def _create(self, telegram_id: int, name: str, language: str) -> User:
        row = User(
            telegram_id=telegram_id,
            name=name[:200],
            language=language,
            created_at=self._context.now(),
        )
        await User.bulk_create([row], ignore_conflicts=True)
        return await User.get(telegram_id=telegram_id)

    async def register_owner(self, telegram_id: int) -> User:
        """Return the owner with this Telegram id, made and approved if he is new.

        For the operator's command line: who can run it may do as much in the database.
        """
        user = await self.find(telegram_id) or await self._create(telegram_id, "", "en")
        if user.approval is not Approval.APPROVED:
            await self._approve(user, lend_account=self.is_admin(telegram_id))
        return user

    async def find(self, telegram_id: int) -> User | None:
        """Return the person, or None if nobody with this Telegram id was met."""
        return await User.get_or_none(telegram_id=telegram_id)

    async def get(self, user_id: int) -> User:
        """Return the person.

        Raises:
            NotFound: There is none.
        """
        user = await User.get_or_none(id=user_id)
        if user is None:
            raise NotFound("user")
        return user

    def is_admin(self, telegram_id: int) -> bool:
        """Tell whether the settings name this person as an admin."""
        return self._context.is_admin(telegram_id)

    async def require_owner(self, telegram_id: int) -> User:
        """Return the person if he may run a business.

        Raises:
            NotAllowed: `not_an_owner`, `approval_pending` or `suspended`.
        """
        return checked_owner(await self.find(telegram_id))

    async def request_approval(self, user_id: int, *, business_name: str) -> User:
        """Ask the admins to let this person in; at once where signing up is open.

        Raises:
            InvalidInput: `business_name`.
        """
        business = _checked_name(business_name)
        async with transaction():
            user = await self.get(user_id)
            user.business_name = business
            await user.save(update_fields=["business_name"])
            if user.approval is Approval.NONE:
                await self._ask_for(user)
        return user

    async def _ask_for(self, user: User) -> None:
        if self.is_admin(user.telegram_id) or self._context.settings.open_signup:
            await self._approve(user, lend_account=self.is_admin(user.telegram_id))
            return
        user.approval = Approval.PENDING
        await user.save(update_fields=["approval"])
        params = {"user_id": user.id, "name": user.name, "business": user.display_name}
        await self._notices.admins("approval_requested", params, key=f"approval:{user.id}")

    async def approve(self, *, admin_telegram_id: int, user_id: int, lend_account: bool) -> User:
        """Let a person run a business; with `lend_account` through the platform's Paybill.

        Raises:
            NotAllowed: `admin_only`.
            NotFound: There is no such person.
        """
        admin = self._context.require_admin(admin_telegram_id)
        async with transaction():
            user = await self.get(user_id)
            await self._approve(user, lend_account=lend_account)
            await audit(
                self._context,
                admin,
                "approve",
                f"user:{user.id}",
                lend_account=lend_account,
            )
            params = {"business": user.display_name}
            await self._notices.owner(user, "approved", params, key=f"approved:{user.id}")
        return user

    async def _approve(self, user: User, *, lend_account: bool) -> None:
        user.approval = Approval.APPROVED
        user.suspension_reason = user.left_at = None
        user.uses_platform_account = user.uses_platform_account or lend_account
        await user.save(
            update_fields=["approval", "suspension_reason", "left_at", "uses_platform_account"]
        )

    async def rename_business(self, owner_id: int, business_name: str) -> User:
        """Call the business so from now on; what was sent under its old name stays as it is.

        Raises:
            InvalidInput: `business_name`.
        """
        name = _checked_name(business_name)
        async with transaction():
            user = await self.get(owner_id)
            user.business_name = name
            await user.save(update_fields=["business_name"])
            actor, subject = f"user:{owner_id}", f"user:{owner_id}"
            await audit(self._context, actor, "rename_business", subject, name=name)
        return user

    async def set_language(self, user_id: int, language: str) -> User:
        """Speak this language to the person from now on, as an owner and as a client.

        Raises:
            InvalidInput: `language` is none of ours.
        """
        if language not in LANGUAGES:
            raise InvalidInput.of("language", "unknown_choice", choices=", ".join(LANGUAGES))
        async with transaction():
            user = await self.get(user_id)
            user.language = language
            await user.save(update_fields=["language"])
            await Client.filter(telegram_id=user.telegram_id).update(language=language)
        return user


def _checked_name(business_name: str) -> str:
    try:
        return check_text(business_name, max_length=100)
    except InvalidValue as error:
        raise InvalidInput({"business_name": error.fault}) from None


def checked_owner(user: User | None) -> User:
    """Return the person if he may run a business.

    Raises:
        NotAllowed: `not_an_owner`, `approval_pending` or `suspended`.
    """
    if user is None or user.approval is Approval.NONE:
        raise NotAllowed("not_an_owner")
    if user.approval is Approval.PENDING:
        raise NotAllowed("approval_pending")
    if user.approval is Approval.SUSPENDED:
        raise NotAllowed("suspended")
    return user


def _language(language_code: str | None) -> str:
    return "sw" if (language_code or "").lower().startswith("sw") else "en"
