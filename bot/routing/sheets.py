"""Every form there is, by the name under which the Dialog table knows it."""

from bot.admin.broadcast_form import BROADCAST
from bot.admin.forms import STOP_PROMPTS, SUSPEND
from bot.admin.searches import FIND_OWNER, LOOK_UP
from bot.client.phone_form import OWN_PHONE
from bot.client.privacy import ERASE
from bot.forms.sheet import Sheets
from bot.owner.clients.care_forms import CHANGE_PHONE, PAUSE_UNTIL
from bot.owner.clients.client_form import NEW_CLIENT
from bot.owner.clients.letter_forms import ANSWER, LETTER
from bot.owner.clients.more_form import MORE_PLANS
from bot.owner.clients.plan_forms import NEW_PLAN, RENAME_PLAN, REPRICE_PLAN
from bot.owner.money.by_hand_forms import PAID_BY_HAND, VOID_IT
from bot.owner.money.push_form import SIMULATE_PUSH
from bot.owner.money.receipt_form import IT_WAS_PAID
from bot.owner.office.account_form import LINK_ACCOUNT
from bot.owner.office.first_steps import guided
from bot.owner.office.leave_form import LEAVE
from bot.owner.office.preference_forms import OTHERS
from bot.owner.office.signup_form import RENAME_BUSINESS, SIGN_UP

SHEETS: Sheets = {
    sheet.form.name: sheet
    for sheet in (
        SIGN_UP,
        RENAME_BUSINESS,
        guided(NEW_PLAN),
        RENAME_PLAN,
        REPRICE_PLAN,
        guided(NEW_CLIENT),
        MORE_PLANS,
        CHANGE_PHONE,
        PAUSE_UNTIL,
        LETTER,
        ANSWER,
        SIMULATE_PUSH,
        IT_WAS_PAID,
        PAID_BY_HAND,
        VOID_IT,
        OWN_PHONE,
        ERASE,
        LINK_ACCOUNT,
        LEAVE,
        *OTHERS.values(),
        STOP_PROMPTS,
        SUSPEND,
        LOOK_UP,
        FIND_OWNER,
        BROADCAST,
    )
}
