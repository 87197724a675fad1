"""What stands in the way of what somebody wants, as a sentence."""

from datetime import datetime

from bot.words.outcomes import shown
from bot.words.texts import Texts
from core.billing.lifecycle import SubscriptionStatus
from core.errors import (
    Conflict,
    IllegalMove,
    InvitationUnusable,
    NoMerchantAccount,
    Param,
    PhoneHasOpenPrompt,
)


def conflict_sentence(texts: Texts, error: Conflict) -> str:
    """Say what stands in the way, and what can be done about it. HTML-safe."""
    _ = texts.gettext
    match error:
        case IllegalMove():
            return _("This can't be done while the subscription is: {status}.").format(
                status=_status(texts, str(error.params["current"]))
            )
        case PhoneHasOpenPrompt():
            return _open_prompt(texts, error.params.get("decided_by"))
        case NoMerchantAccount():
            return _(
                "There is no Paybill or Till for your business yet, so nobody can be billed."
                " Link your own in the settings, or speak to the administrator."
            )
        case InvitationUnusable():
            return _invitation_unusable(texts, str(error.params["reason"]))
        case _:
            return _other_conflict(texts, error)


def _open_prompt(texts: Texts, decided_by: Param | None) -> str:
    _ = texts.gettext
    if decided_by is None:
        return _(
            "A prompt is still open on this phone."
            " Please wait until it is answered, then try again."
        )
    return _(
        "It is not known yet what became of the last prompt on this phone. We are asking"
        " Safaricom. If no answer has come by {moment}, the business that sent it decides."
    ).format(moment=texts.moment(datetime.fromisoformat(str(decided_by))))


def _invitation_unusable(texts: Texts, reason: str) -> str:
    _ = texts.gettext
    return {
        "unknown": _(
            "This invitation is not known. Please open the link again exactly as you got it,"
            " or ask the business for a new one."
        ),
        "used": _(
            "This invitation was already accepted by somebody else."
            " Please ask the business for one of your own."
        ),
        "expired": _("This invitation has expired. Please ask the business for a new one."),
        "replaced": _(
            "This link was replaced by a newer one. Please open the newest one that you got,"
            " or ask the business."
        ),
        "revoked": _(
            "The business has taken this invitation back. Please ask it if you expected one."
        ),
        "cancelled": _(
            "This invitation was withdrawn. Please ask the business if you expected it."
        ),
    }.get(reason, _("This invitation can't be used. Please ask the business for a new one."))


def _other_conflict(texts: Texts, error: Conflict) -> str:
    _ = texts.gettext
    sentence = {
        **_about_clients(texts),
        "plan_archived": _("This plan is archived, so nobody new can join it."),
        "not_parked": _("There are no missed bills to decide about any more."),
        "too_soon": _(
            "This phone had a prompt just now. M-Pesa lets it have the next one in"
            " {seconds} seconds."
        ),
        "number_blocked": _(
            "The holder of this number does not want M-Pesa prompts, so nobody can send one."
        ),
        "daily_limit": _(
            "You can prompt numbers that are none of your clients {limit} times a day, and today"
            " you have. Add the person as a client, or go on tomorrow."
        ),
        "nothing_in_doubt": _("There is nothing to decide about this payment any more."),
        "prompt_undecided": _(
            "Nobody knows yet whether the last prompt was paid. Decide that first."
        ),
        "nothing_to_pay": _("This is paid or void already, so there is nothing to do."),
        "nothing_paid": _("No money has come for this yet, so there is no receipt."),
        "client_without_chat": _(
            "The client has never opened an invitation here, so I can't write to him. Send the"
            " receipt by WhatsApp."
        ),
        "too_many_staff": _("A business can have {limit} members of staff at most."),
        "made_already": _("Already done"),
        "own_business": _("This is your own business: you need no link for it."),
        "too_many_keys": _("You can have {limit} keys at most. Revoke one first."),
        "credentials_refused": _(
            "Safaricom does not take this consumer key and secret. It says: {detail}"
        ),
        "daraja_unreachable": _(
            "Safaricom can't be reached just now. Please try again in some minutes."
        ),
        "check_running": _(
            "Another account is being tried with KES 1. Answer that prompt first, or let it run "
            "out."
        ),
        "cannot_ask_again": _("This payment can't be asked for again now."),
        **_of_own_affairs(texts),
        **_of_administration(texts),
    }.get(str(error.params["reason"]), _("This can't be done at the moment."))
    names = ("seconds", "limit", "why", "detail")
    facts = {name: shown(str(error.params.get(name, "?")), limit=300) for name in names}
    return sentence.format(**facts)


def _of_own_affairs(texts: Texts) -> dict[str, str]:
    """Return what a client may not do himself at the moment."""
    _ = texts.gettext
    return {
        "not_payable": _("There is nothing to pay here any more."),
        "not_paid": _("This is not paid yet, so there is no receipt."),
        "payment_in_doubt": _(
            "Your last payment may be on its way, so I don't ask for it twice. Please show the"
            " business your M-Pesa message if you have paid."
        ),
        "business_closed": _("This business is closed here at the moment."),
        "enough_today": _("You have had enough prompts for today. Please try again tomorrow."),
        "pay_first": _("Please pay what is open first, then you can pause."),
        "prompt_open": _(
            "A payment of yours is still on its way. Please try again in an hour, once it is"
            " booked."
        ),
        "no_phone": _("This person had his data deleted, so there is no phone to ask."),
    }


def _of_administration(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "prompts_stopped": _("The administrator has stopped all M-Pesa prompts for now: {why}"),
        "stopped_already": _("All prompts are stopped already."),
        "not_approved": _("This business is not open, so it can't be suspended."),
        "not_suspended": _("This business is not suspended."),
        "is_admin": _("An administrator's own business can't be suspended."),
    }


def _about_clients(texts: Texts) -> dict[str, str]:
    _ = texts.gettext
    return {
        "no_chat": _(
            "This client has no chat with me yet, or has blocked me. Send a text by WhatsApp or"
            " SMS instead."
        ),
        "reminders_off": _("This client wants no reminders. You can still write to him."),
        "reminded_today": _("This client was reminded today already. Once a day is enough."),
        "nothing_to_remind_of": _("Nothing is owed and no bill is to come."),
        "phone_taken": _("Another client of yours has this number."),
        "letters_today": _(
            "You have written {limit} times today. Please go on tomorrow, or call the business."
        ),
        "nothing_to_wait_for": _("There is no paid period to wait for. You can cancel it now."),
        "ended": _("This subscription has ended already."),
        "same_plan": _("That is the plan and the price already."),
        "ends_soon": _("It ends with this period. Call that off first."),
        "not_running": _("The plan can be changed once the client has joined."),
        "mail_off": _("No mail server is set up here. Please send the link another way."),
        "no_email": _("This client has no e-mail address."),
        "no_link": _("There is no link any more. Send a new one first."),
    }


def _status(texts: Texts, status: str) -> str:
    is_known = status in frozenset(SubscriptionStatus)
    return texts.status(SubscriptionStatus(status)) if is_known else shown(status)
