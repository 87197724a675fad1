"""Each template of the outbox as a message in the reader's language."""

from collections.abc import Callable, Mapping

from bot.looks.message import Message, Params, marked_demo
from bot.notices import (
    about_clients,
    admin,
    by_clients,
    client,
    client_changes,
    office,
    owner,
    sharing,
)
from bot.notices.pay_status import pay_status_message
from bot.notices.push_status import push_status_message
from bot.words.texts import Texts
from core.ports import Notice

__all__ = [
    "LIVE",
    "PAY_STATUS",
    "PUSH_STATUS",
    "TEMPLATES",
    "Message",
    "push_status_message",
    "render",
]

PUSH_STATUS = "push_status"
PAY_STATUS = "pay_status"
LIVE = {PUSH_STATUS: push_status_message, PAY_STATUS: pay_status_message}
"""The templates that show the truth at delivery, for an owner and for a client: the messenger
reads it and renders them."""

_RENDERERS: Mapping[str, Callable[[Texts, Params], Message]] = {
    "invitation": sharing.invitation,
    "invitation_accepted": owner.invitation_accepted,
    "invitation_declined": owner.invitation_declined,
    "invitation_not_me": by_clients.invitation_not_me,
    "client_unreachable": by_clients.unreachable,
    "client_new_phone": by_clients.phone_changed,
    "client_paused": by_clients.paused,
    "client_went_on": by_clients.went_on,
    "client_left": by_clients.left,
    "client_erased": by_clients.erased,
    "payment_received": owner.payment_received,
    "payment_failed": owner.payment_failed,
    "payment_retrying": owner.payment_retrying,
    "prompt_unknown": owner.prompt_unknown,
    "needs_you": owner.needs_you,
    "extra_payment": owner.extra_payment,
    "event_parked": owner.event_parked,
    "prompts_halted": owner.prompts_halted,
    "suspended": owner.suspended,
    "approval_requested": owner.approval_requested,
    "approved": owner.approved,
    "business_suspended": admin.business_suspended,
    "business_reinstated": admin.business_reinstated,
    "prompts_stopped": admin.prompts_stopped,
    "prompts_resumed": admin.prompts_resumed,
    "broadcast": admin.broadcast,
    "parked": owner.parked,
    "digest": office.digest,
    "account_linked": office.account_linked,
    "account_refused": office.account_refused,
    "staff_joined": office.staff_joined,
    "staff_quit": office.staff_quit,
    "staff_ended": office.staff_ended,
    "client_receipt": client.receipt,
    "client_payment_failed": client.payment_failed,
    "client_extra_payment": client.extra_payment,
    "client_bill_voided": client.bill_voided,
    "client_suspended": client.suspended,
    "client_cancelled": client.cancelled,
    "client_reminder": client.reminder,
    "client_ends": client_changes.ends,
    "client_goes_on": client_changes.goes_on,
    "client_put_on_pause": client_changes.put_on_pause,
    "client_resumed": client_changes.resumed,
    "client_plan_changes": client_changes.plan_changes,
    "client_plan_stays": client_changes.plan_stays,
    "client_phone_changed": client_changes.phone_changed,
    "client_letter": client_changes.letter,
    "invitation_opened": about_clients.invitation_opened,
    "invitation_in_vain": about_clients.invitation_in_vain,
    "subscription_ended": about_clients.subscription_ended,
    "subscription_resumed": about_clients.subscription_resumed,
    "letter_from_client": about_clients.letter_from_client,
    "email_outcome": about_clients.email_outcome,
}

TEMPLATES = frozenset(_RENDERERS) | frozenset(LIVE)
"""Every template that can be delivered; core/services/notices.py names the same ones."""


def render(texts: Texts, notice: Notice, *, demo: bool) -> Message:
    """Return the notice in words; with `demo` it says so in its first line.

    Raises:
        KeyError: An unknown template, one of `LIVE`, or a template's parameter is missing.
    """
    message = _RENDERERS[notice.template](texts, {**notice.params, "is_demo": demo})
    return marked_demo(message) if demo else message
