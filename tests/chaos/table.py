"""What happened, as a table."""

from collections import Counter

from tests.chaos.checks import repeated_messages, waiting_money


def lines(story):
    """Return the table's lines."""
    rows = [*_deaths(story), *_world(story), *_books(story), *_notices(story), *_time(story)]
    width = max(len(name) for name, _ in rows)
    return [f"  {name:<{width}}  {value:>8}" for name, value in rows]


def _deaths(story):
    yield from ((f"kills of {kind}", times) for kind, times in sorted(story.kills.items()))
    yield "kills", story.kills.total()
    yield from ((f"ended by itself: {how}", n) for how, n in sorted(story.own_ends.items()))


def _world(story):
    evidence = story.evidence
    yield "faults ordered", story.faults.total()
    reasons = sorted(story.repeats.items(), key=str)
    yield from ((f"requests repeated after {reason}", n) for reason, n in reasons)
    yield "subscriptions activated", len(evidence.signups)
    yield "charges asked for", len(evidence.orders)
    yield "prompts that rang", len(evidence.prompts)
    yield "prompts that were paid", sum(p.receipt is not None for p in evidence.prompts)
    yield from ((f"callbacks {how}", n) for how, n in sorted(story.callbacks.items()))


def _books(story):
    evidence = story.evidence
    books = evidence.books
    states = Counter(push.state for push in books.pushes)
    yield from ((f"pushes {state}", n) for state, n in sorted(states.items()))
    statuses = Counter(bill.status for bill in books.bills)
    yield from ((f"bills and charges {status}", n) for status, n in sorted(statuses.items()))
    yield "payments booked", len(books.payments)
    yield "KES that left the phones", sum(evidence.debits_kes.values())
    yield "KES booked", sum(payment.amount_kes for payment in books.payments)
    yield "KES waiting for a person", sum(p.amount_kes for p in waiting_money(evidence))


def _notices(story):
    states = Counter(notice.state for notice in story.evidence.books.notices)
    yield from ((f"notices {state}", n) for state, n in sorted(states.items()))
    yield "notices shown once more", repeated_messages(story.evidence)
    yield from ((f"logged: {event}", n) for event, n in sorted(story.logged_errors.items()))


def _time(story):
    yield "seconds of killing", round(story.killing_s)
    yield "seconds of settling", round(story.settling_s)
