"""Whose Paybill or Till a prompt goes through, and whether it may go now."""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from tortoise.expressions import Q

from core.cipher import InvalidToken, sha256_hex
from core.database import connection
from core.errors import NoMerchantAccount, NotAllowed
from core.models import MerchantAccount, Pace, User
from core.ports import Merchant, MerchantKind
from core.services.bulk import Row, among, fetch
from core.services.context import Context
from core.services.incoming import AnyOwner
from core.services.notices import Notices

# Spike arrest and quota: each pause in a row is twice as long as the one before.
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=30)
_SECRETS = ("consumer_key_encrypted", "consumer_secret_encrypted", "passkey_encrypted")
_SEALED = ("id", "kind", "shortcode", "till", *_SECRETS)
_HOLDERS = f"""
SELECT u.id AS owner, u.telegram_id, u.uses_platform_account, m.{", m.".join(_SEALED)}
FROM users u
LEFT JOIN merchant_accounts m ON m.owner_key = CAST(u.id AS TEXT)
WHERE u.approval = 'APPROVED'
"""  # noqa: S608 - names of our own
_FORGET_PAUSE = """
UPDATE paces SET pauses = 0, paused_until = NULL WHERE pauses > 0 AND paused_until <= $1
"""
_log = structlog.get_logger()


class AccountService:
    """Merchant accounts and the pace of their shortcodes."""

    def __init__(self, context: Context, notices: Notices) -> None:
        self._context = context
        self._notices = notices

    async def for_owner(self, owner: AnyOwner) -> Merchant:
        """Return the account that this owner's clients pay to.

        Raises:
            NoMerchantAccount: He has none of his own, and nobody lent him the platform's. Or no
                SECRET_KEY that we have can read his.
        """
        account = await MerchantAccount.get_or_none(owner_key=str(owner.id))
        if account is not None:
            return self.merchant_of(account)
        return self._lent(owner.telegram_id, is_ticked=owner.uses_platform_account)

    async def find_for(self, owner: User) -> Merchant | None:
        """Return the account that this owner's clients pay to, None if there is none."""
        try:
            return await self.for_owner(owner)
        except NoMerchantAccount:
            return None

    def _lent(self, telegram_id: int, *, is_ticked: bool) -> Merchant:
        """Return the platform's account, for an admin or an owner whom an admin has ticked."""
        platform = self.platform()
        if platform is None or not (is_ticked or self._context.is_admin(telegram_id)):
            raise NoMerchantAccount
        return platform

    async def open_for(
        self, owner_ids: Collection[int]
    ) -> tuple[dict[int, Merchant], dict[int, datetime]]:
        """Return the accounts of those owners whose automatic prompts may go out now.

        A suspended owner's may not. Where a pause is all that keeps an owner's back, its end is
        among the second.
        """
        sql = f"{_HOLDERS} AND {among(connection(), 'u.id', 1)}"
        merchants = {}
        for row in await fetch(connection(), sql, list(owner_ids)):
            try:
                merchants[row["owner"]] = self._of_holder(row)
            except NoMerchantAccount:
                _log.warning("owner_has_no_merchant_account", owner_id=row["owner"])
        shortcodes = {merchant.shortcode for merchant in merchants.values()}
        paces = {pace.shortcode: pace for pace in await Pace.filter(shortcode__in=shortcodes)}
        is_open = {
            owner_id: self._is_open(merchant, paces.get(merchant.shortcode))
            for owner_id, merchant in merchants.items()
        }
        pauses = {
            owner_id: paces[merchant.shortcode].paused_until
            for owner_id, merchant in merchants.items()
            if not is_open[owner_id] and paces[merchant.shortcode].halted_at is None
        }
        return (
            {owner_id: merchants[owner_id] for owner_id in merchants if is_open[owner_id]},
            {owner_id: until for owner_id, until in pauses.items() if until is not None},
        )

    def _of_holder(self, row: Row) -> Merchant:
        if row["id"] is not None:
            return self._decrypted(row)
        return self._lent(row["telegram_id"], is_ticked=row["uses_platform_account"])

    async def by_id(self, account_id: int | None) -> Merchant | None:
        """Return the account that a push went through: None stands for the platform's own."""
        if account_id is None:
            return self.platform()
        account = await MerchantAccount.get_or_none(id=account_id)
        try:
            return None if account is None else self.merchant_of(account)
        except NoMerchantAccount:
            return None

    def platform(self) -> Merchant | None:
        """Return the account that the settings describe, if they do."""
        settings = self._context.settings
        secrets = (
            settings.daraja_consumer_key,
            settings.daraja_consumer_secret,
            settings.daraja_passkey,
        )
        key, secret, passkey = (value and value.get_secret_value() for value in secrets)
        if not (key and secret and passkey and settings.daraja_shortcode):
            return None
        return Merchant(
            account_id=None,
            kind=MerchantKind.TILL if settings.daraja_till else MerchantKind.PAYBILL,
            shortcode=settings.daraja_shortcode,
            till=settings.daraja_till,
            consumer_key=key,
            consumer_secret=secret,
            passkey=passkey,
        )

    def merchant_of(self, account: MerchantAccount) -> Merchant:
        """Return the account with its secrets in the clear.

        Raises:
            NoMerchantAccount: No SECRET_KEY that we have can read them.
        """
        return self._decrypted(_sealed(account))

    def _decrypted(self, account: Row) -> Merchant:
        decrypt = self._context.cipher.decrypt
        try:
            return Merchant(
                account_id=account["id"],
                kind=MerchantKind(account["kind"]),
                shortcode=account["shortcode"],
                till=account["till"],
                consumer_key=decrypt(account["consumer_key_encrypted"]),
                consumer_secret=decrypt(account["consumer_secret_encrypted"]),
                passkey=decrypt(account["passkey_encrypted"]),
            )
        except InvalidToken:
            # One owner's unreadable secrets must not stop everybody's bills.
            _log.error("merchant_account_unreadable", account_id=account["id"])
            raise NoMerchantAccount from None

    async def seal_anew(self) -> int:
        """Encrypt with the present SECRET_KEY what the previous one has; return the accounts.

        Otherwise they could not be read any more when the key changes once again.
        """
        if len(self._context.settings.secret_keys) == 1:
            return 0
        return sum([await self._seal_anew(account) for account in await MerchantAccount.all()])

    async def _seal_anew(self, account: MerchantAccount) -> int:
        cipher = self._context.cipher
        sealed = {name: getattr(account, name) for name in _SECRETS}
        if all(cipher.is_newest(secret) for secret in sealed.values()):
            return 0
        try:
            renewed = {name: cipher.encrypt(cipher.decrypt(sealed[name])) for name in _SECRETS}
        except InvalidToken:
            return 0  # Whoever wants to prompt through it finds that, and says so.
        return await MerchantAccount.filter(id=account.id, **sealed).update(**renewed)

    async def may_send(self, merchant: Merchant) -> bool:
        """Tell whether automatic prompts of this shortcode may go out now."""
        return self._is_open(merchant, await Pace.get_or_none(shortcode=merchant.shortcode))

    def _is_open(self, merchant: Merchant, pace: Pace | None) -> bool:
        if pace is None:
            return True
        if pace.halted_at is not None and pace.halted_credentials == fingerprint(merchant):
            return False
        return pace.paused_until is None or pace.paused_until <= self._context.now()

    async def slow_down(self, merchant: Merchant) -> datetime:
        """Send nothing for a while, longer each time in a row; return until when.

        What was in the air when the pause began meets the same answer: that is no new pause.
        """
        pace = await self._pace(merchant.shortcode)
        if pace.paused_until is not None and pace.paused_until > self._context.now():
            return pace.paused_until
        pause = min(_FIRST_PAUSE * (1 << pace.pauses), _LONGEST_PAUSE)
        until = self._context.now() + pause
        await Pace.filter(id=pace.id).update(paused_until=until, pauses=min(pace.pauses + 1, 10))
        return until

    async def went_well(self, shortcodes: Collection[str]) -> None:
        """Forget pauses that are over: Daraja has taken a push of each of these.

        A halt stays: Daraja takes pushes whose results say that the shortcode is set up wrongly.
        """
        sql = f"{_FORGET_PAUSE} AND {among(connection(), 'shortcode', 2)}"
        await fetch(connection(), sql, self._context.now(), list(shortcodes))

    async def halt(self, merchant: Merchant, owner: User, *, detail: str) -> None:
        """Stop this shortcode's prompts and alert its owner and the admins, once an incident.

        An account that is only being tried, or not used any more, stops nobody.
        """
        account_id = merchant.account_id
        if account_id is not None and not await _is_in_use(account_id):
            return
        pace = await self._pace(merchant.shortcode)
        now = self._context.now()
        credentials = fingerprint(merchant)
        is_new = Q(halted_at=None) | ~Q(halted_credentials=credentials)
        halted = await Pace.filter(is_new, id=pace.id).update(
            halted_at=now, halt_detail=detail[:300], halted_credentials=credentials
        )
        if not halted:
            return
        params = {"shortcode": merchant.shortcode, "detail": detail[:300]}
        key = f"halted:{merchant.shortcode}:{int(now.timestamp())}"
        await self._notices.admins("prompts_halted", params, key=key)
        if not self._context.is_admin(owner.telegram_id):
            await self._notices.owner(owner, "prompts_halted", params, key=key)

    async def resume(self, *, telegram_id: int, shortcode: str) -> None:
        """Let a halted shortcode's prompts go out again.

        Raises:
            NotAllowed: Neither an admin nor the owner of that account.
        """
        if not self._context.is_admin(telegram_id):
            is_his = await MerchantAccount.filter(
                shortcode=shortcode, owner_key__not_isnull=True, owner__telegram_id=telegram_id
            ).exists()
            if not is_his:
                raise NotAllowed("admin_only")
        await Pace.filter(shortcode=shortcode).update(
            halted_at=None, halt_detail=None, paused_until=None, pauses=0
        )

    async def _pace(self, shortcode: str) -> Pace:
        await Pace.bulk_create([Pace(shortcode=shortcode)], ignore_conflicts=True)
        return await Pace.get(shortcode=shortcode)


async def _is_in_use(account_id: int) -> bool:
    return await MerchantAccount.filter(id=account_id, owner_key__not_isnull=True).exists()


def _sealed(account: MerchantAccount) -> Row:
    """Return the row as a statement would."""
    return {name: getattr(account, name) for name in _SEALED}


def fingerprint(merchant: Merchant) -> str:
    """Tell credentials apart without storing them: mended ones are tried at once."""
    parts = (
        merchant.kind,
        merchant.shortcode,
        merchant.till or "",
        merchant.consumer_key,
        merchant.consumer_secret,
        merchant.passkey,
    )
    return sha256_hex("\n".join(parts))
