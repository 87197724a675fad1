"""A number blocked by its holder's wish gets no prompts until he wants them again."""

import pytest

from core.billing.charges import ChargeDraft
from core.billing.lifecycle import TransactionStatus
from core.errors import Conflict, InvalidInput, NotAllowed
from core.models import AuditEntry, BlockedNumber, Notification, Transaction, User
from tests.factories import make_subscription
from tests.integration.services.stories import (
    CLIENT_CHAT,
    DAY,
    MINUTE,
    PHONE,
    TODAY,
    bill_and_prompt,
    chatting_subscription,
    notice,
    prompted_subscription,
    report,
    tick,
    told,
)

ADMIN = 9001


@pytest.fixture
async def asha(engine, owner):
    """A client with a chat, billed today and not prompted yet."""
    return await chatting_subscription(engine, owner)


async def blocked():
    return [row.phone_number for row in await BlockedNumber.all()]


# --- nobody prompts it --------------------------------------------------------------------------


async def test_bill_of_a_blocked_number_needs_its_owner_who_is_told_once(
    engine, owner, asha, gateway, clock
):
    await engine.blocked_numbers.block_own(CLIENT_CHAT)

    for _ in range(5):
        await tick(engine)
        clock.advance(DAY)

    assert gateway.requests == []
    bill = await Transaction.get()
    assert (bill.status, bill.next_attempt_at) == (TransactionStatus.FAILED, None)
    assert bill.needs_person_at is not None
    assert (await notice("needs_you"))["reason"] == "number_blocked"
    assert (await told()).count("payment_failed") == 0


async def test_blocking_stops_a_retry_that_was_to_come(engine, owner, gateway, clock):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)

    await engine.blocked_numbers.block(admin_telegram_id=ADMIN, phone_number="0712 345 678")

    for _ in range(3):
        clock.advance(DAY)
        await tick(engine)
    assert len(gateway.requests) == 1
    assert "payment_retrying" not in await told()
    assert (await notice("needs_you"))["reason"] == "number_blocked"


async def test_person_can_not_prompt_a_blocked_number_either(engine, owner, asha, gateway):
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await engine.billing.process_due_payments()
    await engine.prompts.send_due_prompts()
    bill = await Transaction.get()

    with pytest.raises(Conflict, match="number_blocked"):
        await engine.decisions.prompt_again(owner.id, bill.id)
    with pytest.raises(Conflict, match="number_blocked"):
        await engine.prompts.charge(owner.id, ChargeDraft(phone_number=PHONE, amount_kes=100))

    assert gateway.requests == []
    assert await Transaction.all().count() == 1


async def test_block_holds_for_every_owner(engine, owner, asha, gateway):
    stranger = await engine.people.register_owner(1002)
    await User.filter(id=stranger.id).update(uses_platform_account=True)
    await make_subscription(engine, stranger, first_on=TODAY)

    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await bill_and_prompt(engine)

    assert gateway.requests == []
    assert await Notification.filter(template="needs_you").values_list("chat_id", flat=True) == [
        1001,
        1002,
    ]


async def test_other_numbers_are_prompted_as_before(engine, owner, asha, gateway):
    await make_subscription(engine, owner, first_on=TODAY, phone_number="254712000002")

    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await bill_and_prompt(engine)

    assert [request.phone_number for request in gateway.requests] == ["254712000002"]


async def test_prompt_that_is_out_already_can_still_be_paid(engine, owner, gateway):
    await prompted_subscription(engine, owner)
    await engine.blocked_numbers.block(admin_telegram_id=ADMIN, phone_number=PHONE)

    await report(engine, gateway)

    assert (await Transaction.get()).status is TransactionStatus.SUCCESS


# --- whose wish it is ---------------------------------------------------------------------------


async def test_holder_undoes_his_own_wish_and_the_bill_is_asked_for_again(
    engine, owner, asha, gateway, clock
):
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await bill_and_prompt(engine)

    await engine.blocked_numbers.unblock_own(CLIENT_CHAT)
    await engine.prompts.send_due_prompts()

    assert len(gateway.requests) == 1
    bill = await Transaction.get()
    assert (bill.status, bill.needs_person_at) == (TransactionStatus.PENDING, None)
    assert bill.failure_code is None


async def test_bill_that_had_failed_before_the_block_is_still_a_debt_after_it(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=1032)
    wish = {"admin_telegram_id": ADMIN, "phone_number": PHONE}

    await engine.blocked_numbers.block(**wish)
    await engine.blocked_numbers.unblock(**wish)

    assert (await Transaction.get()).failure_code == "CANCELLED"


async def test_bill_that_waits_for_its_owner_for_another_reason_stays_with_him(
    engine, owner, gateway, clock
):
    await prompted_subscription(engine, owner)
    await report(engine, gateway, code=2032)
    waiting = await Transaction.get()
    await Transaction.filter(id=waiting.id).update(
        failure_code="PHONE_FAULT", needs_person_at=engine.now(), next_attempt_at=None
    )
    wish = {"admin_telegram_id": ADMIN, "phone_number": PHONE}

    await engine.blocked_numbers.block(**wish)
    await engine.blocked_numbers.unblock(**wish)

    bill = await Transaction.get()
    assert (bill.failure_code, bill.next_attempt_at) == ("PHONE_FAULT", None)


async def test_admins_block_is_not_the_holders_to_undo(engine, asha):
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await engine.blocked_numbers.block(admin_telegram_id=ADMIN, phone_number=PHONE)

    await engine.blocked_numbers.unblock_own(CLIENT_CHAT)

    assert await blocked() == [PHONE]
    (held,) = await engine.blocked_numbers.held_by(CLIENT_CHAT)
    assert (held.is_blocked, held.can_unblock) == (True, False)
    await engine.blocked_numbers.unblock(admin_telegram_id=ADMIN, phone_number=PHONE)
    assert await blocked() == []


async def test_holders_wish_does_not_weaken_an_admins(engine, asha):
    await engine.blocked_numbers.block(admin_telegram_id=ADMIN, phone_number=PHONE)

    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await engine.blocked_numbers.unblock_own(CLIENT_CHAT)

    assert await blocked() == [PHONE]


async def test_wish_repeated_is_one_block(engine, asha):
    for _ in range(2):
        await engine.blocked_numbers.block_own(CLIENT_CHAT)

    assert await blocked() == [PHONE]
    await engine.blocked_numbers.unblock_own(CLIENT_CHAT)
    await engine.blocked_numbers.unblock_own(CLIENT_CHAT)
    assert await blocked() == []


async def test_nobody_blocks_a_number_on_which_he_is_not_billed(engine, asha):
    await engine.blocked_numbers.block_own(2002)

    assert await blocked() == []
    assert await engine.blocked_numbers.held_by(2002) == []
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await engine.blocked_numbers.unblock_own(2002)
    assert await blocked() == [PHONE]


@pytest.mark.parametrize("act", ["block", "unblock"])
async def test_only_an_admin_blocks_other_peoples_numbers(engine, owner, act):
    with pytest.raises(NotAllowed, match="admin_only"):
        await getattr(engine.blocked_numbers, act)(
            admin_telegram_id=owner.telegram_id, phone_number=PHONE
        )
    with pytest.raises(InvalidInput) as refusal:
        await getattr(engine.blocked_numbers, act)(admin_telegram_id=ADMIN, phone_number="12")

    assert set(refusal.value.fields) == {"phone_number"}
    assert await AuditEntry.all().count() == 0


async def test_each_wish_is_on_record_without_the_number(engine, asha):
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await engine.blocked_numbers.unblock(admin_telegram_id=ADMIN, phone_number=PHONE)

    entries = await AuditEntry.filter(action__endswith="block_number").order_by("id")
    assert [(entry.actor, entry.action) for entry in entries] == [
        (f"client:{CLIENT_CHAT}", "block_number"),
        (f"admin:{ADMIN}", "unblock_number"),
    ]
    assert not any(PHONE[-6:] in entry.subject for entry in entries)


async def test_block_between_claim_and_send_does_not_lose_the_bill(
    engine, owner, asha, gateway, clock
):
    await bill_and_prompt(engine)
    await engine.blocked_numbers.block_own(CLIENT_CHAT)
    await report(engine, gateway, code=1032)

    clock.advance(DAY + MINUTE)
    await tick(engine)

    bill = await Transaction.get()
    assert (bill.failure_code, bill.next_attempt_at) == ("number_blocked", None)
    assert bill.needs_person_at is not None
