"""What the engine puts into each notice, as it comes out of the database."""

from core.ports import Notice

CHAT_ID = 1001
WHO = {"client_name": "Asha Mwangi", "phone_number": "254712345678"}
BILL = WHO | {"plan_name": "Gym Gold", "amount_kes": 1500}
FOR_CLIENT = {"business": "Mama Njeri Gym", "plan_name": "Gym Gold", "amount_kes": 1500}
OF_CLIENT = {"client_id": 9, "client_name": "Asha Mwangi"}
TIDINGS = {"subscription_id": 7, "client_name": "Asha Mwangi", "plan_name": "Gym Gold"}
BY_HAND = {"pay_kind": "PAYBILL", "pay_to": "600000", "account": "FP7"}

SAMPLES = {
    "invitation": BILL
    | {
        "subscription_id": 7,
        "frequency": "MONTHLY",
        "interval_count": 1,
        "first_on": "2026-12-01",
        "url": "https://t.me/FluxPayTestBot?start=0a1b2c",
        "expires_on": "2026-11-30",
        "business": "Mama Njeri Gym",
    },
    "invitation_accepted": {
        "subscription_id": 7,
        "client_name": "Asha Mwangi",
        "plan_name": "Gym Gold",
        "next_on": "2026-12-01",
    },
    "invitation_declined": {"client_name": "Asha Mwangi", "plan_name": "Gym Gold"},
    "payment_received": BILL
    | {
        "business": "Mama Njeri Gym",
        "client_language": None,
        "paid_at": "2026-11-23T06:00:00+00:00",
        "next_on": "2026-12-01",
        "receipt": "TKN7ABC123",
        "period_start": "2026-11-01",
        "source": "STK",
        "owed_kes": 0,
        "credit_kes": 0,
    },
    "payment_failed": BILL
    | {
        "outcome": "NO_MONEY",
        "retry_count": 0,
        "max_retries": 3,
        "next_attempt_at": "2026-11-24T07:00:00+00:00",
        "exhausted": False,
        "suspend_at": None,
        "transaction_id": 42,
    },
    "payment_retrying": {
        "client_name": "Asha Mwangi",
        "plan_name": "Gym Gold",
        "amount_kes": 1500,
        "retry_count": 1,
        "max_retries": 3,
    },
    "prompt_unknown": WHO | {"amount_kes": 1500, "transaction_id": 42},
    "needs_you": WHO | {"amount_kes": 1500, "transaction_id": 42, "reason": "PHONE_FAULT"},
    "extra_payment": WHO | {"amount_kes": 1500, "receipt": "TKN7ABC123", "source": "STK"},
    "event_parked": WHO
    | {
        "reason": "amount_differs",
        "amount_kes": 1500,
        "event_amount_kes": 1400,
        "receipt": "TKN7ABC123",
    },
    "prompts_halted": {"shortcode": "600000", "detail": "Wrong credentials"},
    "suspended": {"client_name": "Asha Mwangi", "plan_name": "Gym Gold", "amount_kes": 1500},
    "approval_requested": {"user_id": 5, "name": "Njeri", "business": "Mama Njeri Gym"},
    "approved": {"business": "Mama Njeri Gym"},
    "parked": {
        "subscription_id": 7,
        "client_name": "Asha Mwangi",
        "plan_name": "Gym Gold",
        "missed": 5,
    },
    "digest": {
        "business": "Mama Njeri Gym",
        "on": "2026-11-23",
        "received_count": 3,
        "received_kes": 4500,
        "due_today": 2,
        "overdue_count": 1,
        "overdue_kes": 1500,
        "failed": 1,
        "needs_you": 1,
        "next_week_count": 4,
        "next_week_kes": 6000,
    },
    "account_linked": {"kind": "TILL", "pay_to": "5551234"},
    "account_refused": {"kind": "PAYBILL", "pay_to": "600111", "reason": "CANCELLED"},
    "staff_joined": {"name": "Otieno", "role": "CASHIER"},
    "staff_quit": {"name": "Otieno"},
    "staff_ended": {"business": "Mama Njeri Gym"},
    "client_receipt": FOR_CLIENT
    | {
        "receipt": "TKN7ABC123",
        "paid_at": "2026-11-23T16:05:00+00:00",
        "period_start": "2026-11-01",
        "next_on": "2026-12-01",
        "client_name": "Asha Mwangi",
        "source": "STK",
        "owed_kes": 0,
        "credit_kes": 0,
    },
    "client_payment_failed": FOR_CLIENT
    | BY_HAND
    | {
        "outcome": "NO_MONEY",
        "next_attempt_at": "2026-11-24T07:00:00+00:00",
        "exhausted": False,
    },
    "client_extra_payment": {
        "business": "Mama Njeri Gym",
        "amount_kes": 1500,
        "receipt": "TKN7ABC123",
        "source": "STK",
    },
    "client_bill_voided": FOR_CLIENT
    | {"period_start": "2026-11-01", "reason": "The gym was closed"},
    "client_suspended": FOR_CLIENT | BY_HAND,
    "client_reminder": FOR_CLIENT
    | BY_HAND
    | {"is_owed": True, "due_on": "2026-11-20", "client_id": 3, "transaction_id": 42},
    "client_ends": {
        "business": "Mama Njeri Gym",
        "plan_name": "Gym Gold",
        "ends_on": "2026-12-01",
    },
    "client_goes_on": {"business": "Mama Njeri Gym", "plan_name": "Gym Gold"},
    "client_put_on_pause": {
        "business": "Mama Njeri Gym",
        "plan_name": "Gym Gold",
        "resume_on": "2026-12-01",
    },
    "client_resumed": {
        "business": "Mama Njeri Gym",
        "plan_name": "Gym Gold",
        "next_on": "2026-12-01",
        "owed_kes": 1500,
    },
    "client_plan_changes": FOR_CLIENT
    | {
        "new_plan_name": "Gym Silver",
        "frequency": "MONTHLY",
        "interval_count": 1,
        "first_on": "2026-12-01",
    },
    "client_plan_stays": FOR_CLIENT,
    "client_phone_changed": {"business": "Mama Njeri Gym", "phone": "0712***678"},
    "client_letter": {"business": "Mama Njeri Gym", "client_id": 3, "text": "Open at six."},
    "invitation_opened": TIDINGS,
    "invitation_in_vain": TIDINGS | {"reason": "expired", "is_waiting": True},
    "subscription_ended": TIDINGS | {"next_on": "2026-12-01"},
    "subscription_resumed": TIDINGS | {"next_on": "2026-12-01"},
    "letter_from_client": {
        "client_id": 3,
        "client_name": "Asha Mwangi",
        "phone": "0712 345 678",
        "text": "Thank you.",
    },
    "email_outcome": {
        "address": "asha@example.com",
        "client_name": "Asha Mwangi",
        "subscription_id": 7,
        "is_sent": True,
    },
    "client_cancelled": {"business": "Mama Njeri Gym", "plan_name": "Gym Gold"},
    "invitation_not_me": WHO | {"subscription_id": 7, "plan_name": "Gym Gold"},
    "client_unreachable": OF_CLIENT,
    "client_new_phone": OF_CLIENT | {"phone_number": "254712345678", "is_shared": True},
    "client_paused": OF_CLIENT | {"subscription_id": 7, "plan_name": "Gym Gold"},
    "client_went_on": OF_CLIENT | {"subscription_id": 7, "plan_name": "Gym Gold"},
    "client_left": OF_CLIENT | {"subscription_id": 7, "plan_name": "Gym Gold", "owed_kes": 1500},
    "client_erased": {"client_number": 9, "subscriptions": 1, "owed_kes": 1500},
    "business_suspended": {"business": "Mama Njeri Gym", "reason": "Complaints"},
    "business_reinstated": {"business": "Mama Njeri Gym"},
    "prompts_stopped": {"reason": "Safaricom is down"},
    "prompts_resumed": {},
    "broadcast": {"text": "Closed on Sunday"},
}


def notice(template, *, language="en", edit_message_id=None, **changes):
    return Notice(
        notification_id=1,
        chat_id=CHAT_ID,
        language=language,
        template=template,
        params=SAMPLES.get(template, {}) | changes,
        edit_message_id=edit_message_id,
    )
