"""The engine's codes in English, for developers. People in the chat read locale/ instead."""

from collections.abc import Mapping

from core.errors import Fault, Param

_FAULTS: Mapping[str, str] = {
    "required": "is required",
    "not_text": "must be text",
    "not_an_object": "must be an object",
    "not_a_whole_number": "must be a whole number, written without quotes, point or exponent",
    "not_one_of": "must be one of {choices}",
    "not_a_date": "must be a date that exists, written YYYY-MM-DD",
    "not_an_id": "must be an id, a whole number from 1 on",
    "not_a_cursor": "must be the `next` of an earlier answer, unchanged",
    "given_twice": "must be given once",
    "too_long": "must be at most {max} characters long",
    "too_small": "must be at least {min}",
    "too_big": "must be at most {max}",
    "too_big_by_hand": "must be at most {max}",
    "more_than_owed": "must be at most {max}, which is what is owed",
    "out_of_range": "must be from {min} to {max}",
    "bad_text": "must not hold control characters or other characters that can't be shown",
    "unreadable_text": "holds U+0000 or half of a surrogate pair",
    "not_an_amount": "must be a whole number of shillings",
    "cents": "must be whole shillings, without cents",
    "billing_day_not_used": "must be absent or null, because a daily plan has no billing day",
    "not_a_shortcode": "must be 5 to 7 digits",
    "not_a_secret": "must be 8 to 200 printable characters without a space",
    "never_off": "may be silent, but not off",
    "bad_hours": "must lie between {start} and {end}, and begin before they end",
    "unknown_choice": "must be one of the choices offered",
    "not_after_today": "must be a date after today",
    "in_the_past": "must be today or a later date",
    "too_far": "must be a date within the next {years} years",
    "not_an_email": "must be an email address",
    "not_alphanumeric": "must be letters and digits alone",
    "phone_empty": "is required",
    "phone_bad_characters": "must be a phone number: digits, with spaces, dashes or + at most",
    "phone_not_kenyan": "must be a Kenyan number, such as 0712345678 or 254712345678",
    "phone_too_short": "has too few digits: write it like 0712345678 or 254712345678",
    "phone_too_long": "has too many digits: write it like 0712345678 or 254712345678",
    "phone_not_mobile": "must be a mobile number that can use M-Pesa",
    "not_a_receipt": "must be an M-Pesa code: 10 letters and digits",
    "receipt_used": "belongs to another payment already",
}

_NOT_FOUND: Mapping[str, str] = {
    "plan": "There is no such plan.",
    "subscription": "There is no such subscription.",
    "transaction": "There is no such transaction.",
    "client": "There is no such client.",
    "staff": "There is no such member of staff.",
    "api_key": "There is no such key.",
    "account": "The owner has no Paybill or Till of his own.",
}

_NOT_ALLOWED: Mapping[str, str] = {
    "not_an_owner": "The key's owner runs no business here.",
    "approval_pending": "The key's owner has not been approved yet.",
    "suspended": "The key's owner is suspended.",
    "not_your_role": "The person's role in this business does not allow this.",
    "not_your_business": "The person does not work for this business.",
    "admin_only": "Only an administrator may do this.",
}

_CONFLICTS: Mapping[str, str] = {
    "illegal_move": "The subscription is {current} and can't become {wanted}.",
    "phone_has_open_prompt": "Another prompt is still open on this phone. Try again once it has "
    "been answered or has run out, usually within a few minutes.",
    "open_prompt_is_silent": "It is not known yet what became of the last prompt on this phone. "
    "FluxPay is asking Safaricom. If no answer has come by {decided_by}, its owner decides.",
    "no_merchant_account": "There is no Paybill or Till to collect through yet. Link one, or ask "
    "an administrator to lend the platform's.",
    "not_parked": "No missed periods wait for a decision on this subscription.",
    "too_soon": "This phone had a prompt just now. Try again in {seconds} s.",
    "number_blocked": "The number's holder does not want prompts: nobody can send it one.",
    "daily_limit": "Numbers that are none of your clients can be prompted {limit} times a day. "
    "Add the person as a client, or go on tomorrow.",
    "nothing_in_doubt": "Nothing about this transaction waits for a decision.",
    "prompt_undecided": "Nobody knows yet what became of the last prompt: that is decided first.",
    "nothing_to_pay": "The transaction is paid or void already.",
    "nothing_paid": "No money has come for this transaction, so there is no receipt.",
    "client_without_chat": "The client has never opened an invitation, so he has no chat.",
    "cannot_ask_again": "The transaction can't be asked for again in its present state.",
    "reminders_off": "The client wants no reminders.",
    "reminded_today": "The client was reminded today already.",
    "nothing_to_remind_of": "Nothing is owed and no bill is to come.",
    "no_chat": "The client has no chat with the bot, or has blocked it.",
    "no_email": "The client has no email address.",
    "no_link": "There is no invitation to send any more.",
    "mail_off": "This installation sends no email.",
    "letters_today": "The client has written {limit} times today.",
    "phone_taken": "Another client of the owner has this number.",
    "same_plan": "The subscription is on this plan already.",
    "ended": "The subscription has ended.",
    "ends_soon": "The subscription ends before its next bill.",
    "not_running": "The subscription is not running.",
    "prompts_stopped": "An administrator has stopped all prompts for now: {why}",
    "no_phone": "The client had his data deleted, so there is no phone to prompt.",
    "not_payable": "There is nothing to pay here any more.",
    "not_paid": "The bill is not paid, so it has no receipt.",
    "payment_in_doubt": "The last payment may be on its way, so it is not asked for twice.",
    "business_closed": "The business is suspended.",
    "enough_today": "The client has had enough prompts of his own for today.",
    "pay_first": "What is open has to be paid before the client may pause.",
    "prompt_open": "A prompt is still open, so nothing is deleted yet.",
    "stopped_already": "All prompts are stopped already.",
    "not_approved": "The business is not open.",
    "not_suspended": "The business is not suspended.",
    "is_admin": "An administrator's own business can't be suspended.",
    "too_many_staff": "A business can have {limit} members of staff at most.",
    "made_already": "It was made already.",
    "own_business": "The owner needs no role in his own business.",
    "too_many_keys": "An owner can have {limit} keys at most.",
    "credentials_refused": "Safaricom does not take the credentials: {detail}",
    "daraja_unreachable": "Safaricom can't be reached: {detail}",
    "check_running": "Another account is being tried.",
    "plan_archived": "The plan is archived and takes no new subscriptions.",
    "nothing_to_wait_for": "There is no billed period whose end could be waited for.",
    "idempotency_key_reused": "This Idempotency-Key was used with another body before.",
}

_PUSH_REFUSALS: Mapping[str, str] = {
    "merchant_refused": "Safaricom refused the Paybill or Till; its details need mending.",
    "phone_refused": "Safaricom can't prompt this phone.",
    "request_refused": "Safaricom refused the request.",
    "busy": "M-Pesa is busy and sent no prompt. Try again in a few minutes.",
    "phone_locked": "M-Pesa is still busy with another request to this phone and sent no prompt. "
    "Try again in a few minutes.",
    "not_sent": "Safaricom could not be reached, so no prompt was sent. Try again.",
    "number_blocked": "The number's holder does not want prompts.",
}

_FAILURES: Mapping[str, str] = {
    "NO_MONEY": "The balance was too low.",
    "CANCELLED": "The client cancelled the prompt.",
    "WRONG_PIN": "The client entered a wrong PIN.",
    "TIMED_OUT": "The client did not answer the prompt in time.",
    "UNREACHABLE": "The phone could not be reached.",
    "OVER_LIMIT": "The client has reached his M-Pesa limit for the day.",
    "PHONE_FAULT": "The number can't be prompted: not registered with M-Pesa, or locked.",
    "AMOUNT_FAULT": "M-Pesa does not move this amount.",
    "MERCHANT_FAULT": "The Paybill or Till is set up wrongly.",
    "BUSY": "M-Pesa was busy and did not send the prompt. No money moved.",
    "UNCLEAR": "Safaricom's verdict is unclear.",
    "NEVER_SENT": "The prompt was never handed to Safaricom.",
    "NO_ANSWER": "Nobody could tell what became of the prompt.",
    "NOT_PAID": "The owner found that the money never came.",
    "receipt_outranked": "The M-Pesa code given for it has paid something else.",
}


def reason(fault: Fault) -> str:
    """Return what is wrong with a field, to be read after its name."""
    return _fill(_FAULTS.get(fault.code) or _words(fault.code), fault.params)


def not_found(what: str) -> str:
    """Return the sentence for a row that is not there."""
    return _NOT_FOUND.get(what, "There is no such row.")


def not_allowed(why: str) -> str:
    """Return the sentence for a person who may not do this."""
    return _NOT_ALLOWED.get(why, "This is not allowed.")


def conflict(why: str, params: Mapping[str, Param]) -> str:
    """Return the sentence for a row that is not in a state for this."""
    return _fill(_CONFLICTS.get(why, "This can't be done in the present state."), params)


def push_refusal(refusal: Fault | None) -> str:
    """Return why no prompt was sent, with Safaricom's own words if there are any."""
    if refusal is None:
        return "No prompt was sent."
    sentence = _PUSH_REFUSALS.get(refusal.code, "No prompt was sent.")
    detail = str(refusal.params.get("detail") or "")
    return f"{sentence} Safaricom says: {detail}" if detail else sentence


def failure(code: str) -> str:
    """Return why a prompt did not bring money: an Outcome, or the code of a refusal."""
    return _FAILURES.get(code) or _PUSH_REFUSALS.get(code) or f"{_words(code).capitalize()}."


def _words(code: str) -> str:
    return code.replace("_", " ").lower()


class _Params(dict[str, Param]):
    def __missing__(self, name: str) -> str:
        return "?"  # An incomplete sentence still tells more than a failure would.


def _fill(template: str, params: Mapping[str, Param]) -> str:
    # What params hold is put in as it is: a brace in it is never read as a place to fill.
    return template.format_map(_Params(params))
