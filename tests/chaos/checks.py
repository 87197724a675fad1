"""The promises, held against the evidence. Each check yields what is broken, with ids."""

from collections import Counter, defaultdict
from itertools import pairwise

_LIVE = frozenset({"CREATED", "SENDING", "SENT", "UNKNOWN"})
_BAD_OUTCOMES = frozenset({"error", "junk", "unknown_token", "unknown_push"})


def violations(evidence):
    """Return everything that is broken, in words."""
    return [broken for check in CHECKS for broken in check(evidence)]


def no_push_rings_twice(evidence):
    """One push is one prompt at most, and each prompt is of a push that says it was sent."""
    pushes = _by_token(evidence)
    rung = Counter(prompt.token_hash for prompt in evidence.prompts)
    for token_hash, times in rung.items():
        push = pushes.get(token_hash)
        if push is None:
            yield f"a prompt rang that no push knows: token hash {token_hash[:12]}"
            continue
        if times > 1:
            yield f"push {push.id} rang {times} times"
        if push.state in {"CREATED", "REJECTED"}:
            yield f"push {push.id} is {push.state}, yet a phone rang"


def no_bill_is_prompted_while_a_push_is_live(evidence):
    """The next push of a bill is made only after the one before it is known to be over."""
    for bill_id, pushes in _grouped(evidence.books.pushes, "transaction_id").items():
        for earlier, later in pairwise(sorted(pushes, key=lambda push: push.id)):
            if earlier.closed_at is None or earlier.closed_at > later.created_at:
                yield (
                    f"bill {bill_id}: push {later.id} was made while push {earlier.id} was live"
                )


def no_phone_rings_for_a_paid_bill(evidence):
    """By the phones' own clock: no second prompt before the first ended, none after payment."""
    for bill_id, prompts in _prompts_by_bill(evidence).items():
        for earlier, later in pairwise(sorted(prompts, key=lambda prompt: prompt.sent_at)):
            if earlier.ended_at is None or earlier.ended_at > later.sent_at:
                yield f"bill {bill_id}: {later.request_id} rang over {earlier.request_id}"
            if earlier.receipt is not None:
                yield f"bill {bill_id}: {later.request_id} rang after receipt {earlier.receipt}"


def nobody_pays_a_bill_twice(evidence):
    """However often it was prompted, at most one prompt of a bill was paid."""
    for bill_id, prompts in _prompts_by_bill(evidence).items():
        receipts = [prompt.receipt for prompt in prompts if prompt.receipt is not None]
        if len(receipts) > 1:
            yield f"bill {bill_id} was paid {len(receipts)} times: {', '.join(receipts)}"


def every_shilling_is_booked(evidence):
    """Each paid prompt is one payment of its amount and receipt."""
    payments = {payment.push_id: payment for payment in evidence.books.payments}
    pushes = _by_token(evidence)
    for prompt in evidence.prompts:
        push = pushes.get(prompt.token_hash)
        if prompt.receipt is None or push is None:
            continue
        payment = payments.get(push.id)
        if payment is None:
            if not is_waiting(evidence, push):
                yield f"push {push.id} ({push.state}) was paid, {prompt.receipt}: not booked"
        elif payment.amount_kes != prompt.amount_kes:
            yield f"payment {payment.id} is {payment.amount_kes}, paid were {prompt.amount_kes}"
        elif payment.receipt not in {None, prompt.receipt}:
            yield f"payment {payment.id} has {payment.receipt}, the phone {prompt.receipt}"


def no_shilling_is_made_up(evidence):
    """Each payment stands on a paid prompt, and a receipt counts once."""
    paid = {prompt.token_hash for prompt in evidence.prompts if prompt.receipt is not None}
    tokens = {push.id: push.token_hash for push in evidence.books.pushes}
    for payment in evidence.books.payments:
        if tokens.get(payment.push_id) not in paid:
            yield f"payment {payment.id} of push {payment.push_id}: no phone paid it"
    receipts = Counter(payment.receipt for payment in evidence.books.payments if payment.receipt)
    for receipt, times in receipts.items():
        if times > 1:
            yield f"receipt {receipt} counts {times} times"


def the_sums_agree(evidence):
    """What left the phones is what was booked, and what waits for a person to be told."""
    debited_kes = sum(evidence.debits_kes.values())
    booked_kes = sum(payment.amount_kes for payment in evidence.books.payments)
    waiting_kes = sum(prompt.amount_kes for prompt in waiting_money(evidence))
    if debited_kes != booked_kes + waiting_kes:
        yield f"phones paid {debited_kes}, booked {booked_kes}, waiting {waiting_kes}"


def every_payment_is_allocated_or_credit(evidence):
    """Received = allocated + credit; a bill is paid by its allocations and never over."""
    books = evidence.books
    by_payment = _grouped(books.shares, "payment_id")
    for payment in books.payments:
        allocated_kes = sum(share.amount_kes for share in by_payment[payment.id])
        if payment.amount_kes != allocated_kes + payment.credit_kes:
            yield f"payment {payment.id}: {allocated_kes} allocated, {payment.credit_kes} credit"
    by_bill = _grouped(books.shares, "transaction_id")
    for bill in books.bills:
        paid_kes = sum(share.amount_kes for share in by_bill[bill.id])
        if paid_kes != bill.paid_kes or paid_kes > bill.amount_kes:
            yield f"bill {bill.id} says {bill.paid_kes} of {bill.amount_kes}, got {paid_kes}"
        if (bill.status == "SUCCESS") != (bill.paid_kes >= bill.amount_kes):
            yield f"bill {bill.id} is {bill.status} with {bill.paid_kes} of {bill.amount_kes}"


def no_acknowledged_callback_is_lost(evidence):
    """What we answered with 200 is stored and handled."""
    events = {(event.token_hash, event.body_hash): event for event in evidence.books.events}
    for seen in sorted(evidence.acknowledged):
        event = events.get(seen)
        if event is None:
            yield f"an acknowledged callback was not stored: token hash {seen[0][:12]}"
        elif not event.is_handled:
            yield f"an acknowledged callback was never handled: token hash {seen[0][:12]}"
        elif event.outcome in _BAD_OUTCOMES or (event.outcome or "").startswith("parked"):
            yield f"a true callback ended as {event.outcome}: token hash {seen[0][:12]}"


def every_result_is_announced_once(evidence):
    """Each paid bill and each failed push has one notice to its owner."""
    keys = Counter(
        f"{notice.template}:{notice.key.split(':')[1]}"
        for notice in evidence.books.notices
        if notice.template in {"payment_received", "payment_failed"}
    )
    wanted = [f"payment_received:{b.id}" for b in evidence.books.bills if b.status == "SUCCESS"]
    wanted += [f"payment_failed:{p.id}" for p in evidence.books.pushes if p.state == "FAILED"]
    for key in wanted:
        if keys[key] != 1:
            yield f"{key} has {keys[key]} notices"
    for key in keys.keys() - set(wanted):
        yield f"{key} was announced and did not happen"


def every_notice_is_in_its_chat(evidence):
    """Nothing queued, failed or given up; and what says SENT can be read in the chat."""
    shown = {chat: {message.id for message in said} for chat, said in evidence.chats.items()}
    for notice in evidence.books.notices:
        if notice.state == "QUEUED" and evidence.is_brief:
            continue
        if notice.state != "SENT":
            yield f"notice {notice.id} ({notice.key}) is {notice.state}"
        elif notice.message_id not in shown.get(notice.chat_id, ()):
            yield f"notice {notice.id} ({notice.key}) says SENT, its chat does not show it"


def the_chats_say_nothing_else(evidence):
    """Each message is a notice's, the repeat of one, or a greeting."""
    for chat, said in evidence.chats.items():
        known = _texts_of_notices(evidence, chat) | evidence.greetings
        for message in said:
            is_on_its_way = evidence.is_brief and _has_queued(evidence, chat)
            if message.text not in known and not is_on_its_way:
                yield f"message {message.id} in chat {chat} is of no notice"


def one_key_is_one_charge(evidence):
    """Every answer under a key names the same charge, and there is no second one."""
    bills = _grouped(evidence.books.bills, "account_reference")
    for order in evidence.orders:
        ids = {transaction_id for _, transaction_id in order.answers}
        made = {bill.id for bill in bills[order.reference]}
        if len(set(order.answers)) > 1:
            yield f"{order.reference} was answered differently: {order.answers}"
        if len(made) > 1:
            yield f"{order.reference} was charged {len(made)} times: {sorted(made)}"
        if ids != made and not (ids == {None} and not made):
            yield f"{order.reference} was answered {ids}, the books hold {made}"


def every_subscription_is_billed_once(evidence):
    """Each acknowledged activation has its one bill, and its next date and status are right."""
    bills = _grouped(evidence.books.bills, "subscription_id")
    rows = {row.id: row for row in evidence.books.subscriptions}
    for signup in evidence.signups:
        row = rows.get(signup.subscription_id)
        if row is None:
            yield f"subscription {signup.subscription_id} was acknowledged and is not there"
            continue
        if row.next_on != signup.next_on:
            yield f"subscription {row.id} is next due on {row.next_on}, not {signup.next_on}"
        statuses = [bill.status for bill in bills[row.id]]
        if len(statuses) != 1:
            yield f"subscription {row.id} has {len(statuses)} bills"
        if row.status != ("PAST_DUE" if "FAILED" in statuses else "ACTIVE"):
            yield f"subscription {row.id} is {row.status}, its bills are {statuses}"


CHECKS = (
    no_push_rings_twice,
    no_bill_is_prompted_while_a_push_is_live,
    no_phone_rings_for_a_paid_bill,
    nobody_pays_a_bill_twice,
    every_shilling_is_booked,
    no_shilling_is_made_up,
    the_sums_agree,
    every_payment_is_allocated_or_credit,
    no_acknowledged_callback_is_lost,
    every_result_is_announced_once,
    every_notice_is_in_its_chat,
    the_chats_say_nothing_else,
    one_key_is_one_charge,
    every_subscription_is_billed_once,
)


def is_waiting(evidence, push):
    """Tell whether nothing but a person, or time in a brief run, can tell that it was paid.

    Its callback never reached us, and it has no id to ask Safaricom by.
    """
    was_told = any(token_hash == push.token_hash for token_hash, _ in evidence.acknowledged)
    if was_told or push.state not in _LIVE:
        return False
    return evidence.is_brief or (push.state == "UNKNOWN" and push.request_id is None)


def waiting_money(evidence):
    """Return the paid prompts whose payment only a person can settle, or time in a brief run."""
    booked = {payment.push_id for payment in evidence.books.payments}
    pushes = _by_token(evidence)
    return [
        prompt
        for prompt in evidence.prompts
        if prompt.receipt is not None
        and (push := pushes.get(prompt.token_hash)) is not None
        and push.id not in booked
        and is_waiting(evidence, push)
    ]


def repeated_messages(evidence):
    """Return how many messages said once more what a notice had said already."""
    return sum(
        message.id not in _message_ids(evidence, chat)
        and message.text in _texts_of_notices(evidence, chat)
        for chat, said in evidence.chats.items()
        for message in said
    )


def _message_ids(evidence, chat):
    return {notice.message_id for notice in evidence.books.notices if notice.chat_id == chat}


def _texts_of_notices(evidence, chat):
    ids = _message_ids(evidence, chat)
    return {message.text for message in evidence.chats[chat] if message.id in ids}


def _has_queued(evidence, chat):
    return any(n.chat_id == chat and n.state == "QUEUED" for n in evidence.books.notices)


def _by_token(evidence):
    return {push.token_hash: push for push in evidence.books.pushes}


def _prompts_by_bill(evidence):
    pushes = _by_token(evidence)
    by_bill = defaultdict(list)
    for prompt in evidence.prompts:
        if prompt.token_hash in pushes:
            by_bill[pushes[prompt.token_hash].transaction_id].append(prompt)
    return by_bill


def _grouped(rows, name):
    groups = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return groups
