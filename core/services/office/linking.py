"""An owner's own Paybill or Till: tried with a shilling before it becomes the account in use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.billing.lifecycle import TransactionStatus
from core.billing.merchants import check_secret, check_shortcode
from core.billing.phone import normalise_phone
from core.database import transaction
from core.errors import Conflict, InvalidInput, InvalidValue, NotFound
from core.models import MerchantAccount, Pace, Transaction, User
from core.ports import Busy, Merchant, MerchantKind
from core.services.audit import audit
from core.services.context import Context
from core.services.notices import Notices
from core.services.prompts.accounts import AccountService, fingerprint
from core.services.prompts.prompts import Charge, PromptService

TEST_KES = 1
_REFERENCE = "FLUXPAYTEST"
_DESCRIPTION = "Account test"
_CHECKS: Mapping[str, Callable[[str], str]] = {
    "shortcode": check_shortcode,
    "till": check_shortcode,
    "phone_number": normalise_phone,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDraft:
    """What the owner typed. Its secrets are sealed by `LinkingService.seal`; `repr` has none."""

    kind: MerchantKind
    shortcode: str
    till: str | None
    consumer_key: str
    consumer_secret: str
    passkey: str
    phone_number: str
    """The owner's own, which is asked for the test shilling."""

    def __repr__(self) -> str:
        return f"AccountDraft(kind={self.kind.value}, shortcode={self.shortcode!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """Where the money of a business goes now."""

    merchant: Merchant | None
    """None: nowhere."""
    is_own: bool
    halt_detail: str | None
    """Why no prompts go out, if they are halted."""
    is_checking: bool
    """Another account is being tried."""


class LinkingService:
    """Try, link and unlink owners' accounts."""

    def __init__(
        self,
        context: Context,
        notices: Notices,
        *,
        accounts: AccountService,
        prompts: PromptService,
    ) -> None:
        self._context = context
        self._notices = notices
        self._accounts = accounts
        self._prompts = prompts

    def seal(self, secret: str) -> str:
        """Return the secret encrypted, as it may be stored while its form is filled in.

        Raises:
            InvalidValue: `not_a_secret`.
        """
        return self._context.cipher.encrypt(check_secret(secret))

    async def state(self, owner_id: int) -> AccountState:
        """Return how the owner stands."""
        owner = await User.get(id=owner_id)
        merchant = await self._accounts.find_for(owner)
        checking = MerchantAccount.filter(
            owner_id=owner_id, checking_transaction_id__not_isnull=True
        )
        return AccountState(
            merchant=merchant,
            is_own=merchant is not None and merchant.account_id is not None,
            halt_detail=await _halt_detail(merchant) if merchant else None,
            is_checking=await checking.exists(),
        )

    async def try_account(
        self, owner_id: int, draft: AccountDraft, *, status_message: tuple[int, int] | None = None
    ) -> Charge:
        """Log in to Daraja with it, then ask the owner's own phone for one shilling.

        Once that is paid, `finish_checks` makes it the account in use; until then the one before
        stays. `status_message` is the `(chat_id, message_id)` that shows how it goes.

        Raises:
            InvalidInput: A wrong field of the draft.
            Conflict: `credentials_refused` or `daraja_unreachable`, with Safaricom's `detail`,
                `check_running` while another account is being tried, and what `prepare` of
                core/services/prompts/prompts.py raises for the phone.
        """
        phone = _checked(draft)
        owner = await User.get(id=owner_id)
        merchant = self._merchant(draft)
        await self._log_in(merchant)
        async with transaction():
            await User.filter(id=owner_id).select_for_update()
            if (await self.state(owner_id)).is_checking:
                raise Conflict("check_running")
            account = await self._store(owner, draft)
            bill = await self._test_bill(owner, phone, status_message)
            account.checking_transaction_id = bill.id
            await account.save(update_fields=["checking_transaction_id"])
            await self._audit(owner_id, "try_account", account)
            merchant = self._accounts.merchant_of(account)
            outgoing = await self._prompts.prepare(bill, merchant)
        status = await self._prompts.send_now(outgoing)
        return Charge(await Transaction.get(id=bill.id), status)

    def _merchant(self, draft: AccountDraft) -> Merchant:
        decrypt = self._context.cipher.decrypt
        return Merchant(
            account_id=None,
            kind=draft.kind,
            shortcode=draft.shortcode,
            till=draft.till,
            consumer_key=decrypt(draft.consumer_key),
            consumer_secret=decrypt(draft.consumer_secret),
            passkey=decrypt(draft.passkey),
        )

    async def _log_in(self, merchant: Merchant) -> None:
        refusal = await self._context.gateway.log_in(merchant)
        if refusal is None:
            return
        reason = "daraja_unreachable" if isinstance(refusal, Busy) else "credentials_refused"
        raise Conflict(reason, detail=refusal.detail[:200])

    async def _store(self, owner: User, draft: AccountDraft) -> MerchantAccount:
        return await MerchantAccount.create(
            owner=owner,
            kind=draft.kind,
            shortcode=draft.shortcode,
            till=draft.till,
            consumer_key_encrypted=draft.consumer_key,
            consumer_secret_encrypted=draft.consumer_secret,
            passkey_encrypted=draft.passkey,
            created_at=self._context.now(),
        )

    async def _test_bill(
        self, owner: User, phone_number: str, status_message: tuple[int, int] | None
    ) -> Transaction:
        chat_id, message_id = status_message or (None, None)
        return await Transaction.create(
            owner=owner,
            phone_number=phone_number,
            amount_kes=TEST_KES,
            status=TransactionStatus.PENDING,
            account_reference=_REFERENCE,
            description=_DESCRIPTION,
            status_chat_id=chat_id,
            status_message_id=message_id,
            created_at=self._context.now(),
        )

    async def finish_checks(self) -> int:
        """Link each account whose shilling has come, drop each where it failed; count both."""
        finished = 0
        for account in await MerchantAccount.filter(checking_transaction_id__not_isnull=True):
            finished += await self._finish(account.id)
        return finished

    async def _finish(self, account_id: int) -> int:
        async with transaction():
            account = (
                await MerchantAccount.filter(
                    id=account_id, checking_transaction_id__not_isnull=True
                )
                .select_for_update()
                .first()
            )
            if account is None:  # Another process was faster.
                return 0
            bill = await Transaction.get(id=account.checking_transaction_id)
            if bill.status is TransactionStatus.PENDING:
                return 0
            await MerchantAccount.filter(id=account.id).update(checking_transaction_id=None)
            owner = await User.get(id=account.owner_id)
            if bill.status is TransactionStatus.SUCCESS:
                await self._link(owner, account)
            else:
                await self._tell(
                    owner, account, "account_refused", reason=bill.failure_code or "not_sent"
                )
        return 1

    async def _link(self, owner: User, account: MerchantAccount) -> None:
        key = str(owner.id)
        await MerchantAccount.filter(owner_key=key).update(owner_key=None)
        await MerchantAccount.filter(id=account.id).update(owner_key=key)
        await self._audit(owner.id, "link_account", account)
        await self._tell(owner, account, "account_linked")

    async def _tell(
        self, owner: User, account: MerchantAccount, template: str, **more: str
    ) -> None:
        pay_to = account.till or account.shortcode
        params = {"kind": account.kind.value, "pay_to": pay_to, **more}
        await self._notices.owner(owner, template, params, key=f"{template}:{account.id}")

    async def unlink(self, owner_id: int) -> None:
        """Collect through the owner's account no more. Prompts that are out still pay to it.

        Raises:
            NotFound: `account`: he has none of his own.
        """
        async with transaction():
            account = await MerchantAccount.get_or_none(owner_key=str(owner_id))
            if account is None:
                raise NotFound("account")
            await MerchantAccount.filter(id=account.id).update(owner_key=None)
            await self._audit(owner_id, "unlink_account", account)

    async def _audit(self, owner_id: int, action: str, account: MerchantAccount) -> None:
        await audit(
            self._context,
            f"user:{owner_id}",
            action,
            f"account:{account.id}",
            shortcode=account.shortcode,
        )


def _checked(draft: AccountDraft) -> str:
    """Check the numbers; return the phone's in its one form."""
    typed = {
        "shortcode": draft.shortcode,
        "till": draft.till,
        "phone_number": draft.phone_number,
    }
    faults = {}
    for field, text in typed.items():
        try:
            _ = text and _CHECKS[field](text)
        except InvalidValue as error:
            faults[field] = error.fault
    if faults:
        raise InvalidInput(faults)
    return normalise_phone(draft.phone_number)


async def _halt_detail(merchant: Merchant) -> str | None:
    pace = await Pace.get_or_none(shortcode=merchant.shortcode)
    if pace is None or pace.halted_at is None:
        return None
    is_his = pace.halted_credentials == fingerprint(merchant)
    return (pace.halt_detail or "") if is_his else None
