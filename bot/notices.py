"""Each template of the outbox as a message in the reader's language."""

from collections.abc import Callable, Mapping

from bot import (
    admin_notices,
    client_news,
    client_notices,
    client_tidings,
    news_of_clients,
    office_notices,
    owner_notices,
    sharing,
)
from bot.looks.message import Message, Params, marked_demo
from bot.pay_status import pay_status_message
from bot.push_status import push_status_message
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
"""The templates that show the truth at delivery, for an owner and for a client: bot/messenger.py
reads it and renders them."""

_RENDERERS: Mapping[str, Callable[[Texts, Params], Message]] = {
    "invitation": sharing.invitation,
    "invitation_accepted": owner_notices.invitation_accepted,
    "invitation_declined": owner_notices.invitation_declined,
    "invitation_not_me": news_of_clients.invitation_not_me,
    "client_unreachable": news_of_clients.unreachable,
    "client_new_phone": news_of_clients.phone_changed,
    "client_paused": news_of_clients.paused,
    "client_went_on": news_of_clients.went_on,
    "client_left": news_of_clients.left,
    "client_erased": news_of_clients.erased,
    "payment_received": owner_notices.payment_received,
    "payment_failed": owner_notices.payment_failed,
    "payment_retrying": owner_notices.payment_retrying,
    "prompt_unknown": owner_notices.prompt_unknown,
    "needs_you": owner_notices.needs_you,
    "extra_payment": owner_notices.extra_payment,
    "event_parked": owner_notices.event_parked,
    "prompts_halted": owner_notices.prompts_halted,
    "suspended": owner_notices.suspended,
    "approval_requested": owner_notices.approval_requested,
    "approved": owner_notices.approved,
    "business_suspended": admin_notices.business_suspended,
    "business_reinstated": admin_notices.business_reinstated,
    "prompts_stopped": admin_notices.prompts_stopped,
    "prompts_resumed": admin_notices.prompts_resumed,
    "broadcast": admin_notices.broadcast,
    "parked": owner_notices.parked,
    "digest": office_notices.digest,
    "account_linked": office_notices.account_linked,
    "account_refused": office_notices.account_refused,
    "staff_joined": office_notices.staff_joined,
    "staff_quit": office_notices.staff_quit,
    "staff_ended": office_notices.staff_ended,
    "client_receipt": client_notices.receipt,
    "client_payment_failed": client_notices.payment_failed,
    "client_extra_payment": client_notices.extra_payment,
    "client_bill_voided": client_notices.bill_voided,
    "client_suspended": client_notices.suspended,
    "client_cancelled": client_notices.cancelled,
    "client_reminder": client_notices.reminder,
    "client_ends": client_news.ends,
    "client_goes_on": client_news.goes_on,
    "client_plan_changes": client_news.plan_changes,
    "client_plan_stays": client_news.plan_stays,
    "client_phone_changed": client_news.phone_changed,
    "client_letter": client_news.letter,
    "invitation_opened": client_tidings.invitation_opened,
    "invitation_in_vain": client_tidings.invitation_in_vain,
    "subscription_ended": client_tidings.subscription_ended,
    "subscription_resumed": client_tidings.subscription_resumed,
    "letter_from_client": client_tidings.letter_from_client,
    "email_outcome": client_tidings.email_outcome,
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
