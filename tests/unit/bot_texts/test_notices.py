import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from telegram.constants import KeyboardButtonStyle

from bot.notices import templates
from bot.notices.templates import push_status_message, render
from bot.words.texts import texts_for
from core.billing.outcomes import Outcome
from core.errors import Fault
from core.services.notices import TEMPLATES
from core.services.prompts.push_status import PushStatus, Stage
from tests.unit.bot_texts.samples import SAMPLES, notice

EN, SW = texts_for("en"), texts_for("sw")
LANGUAGES = pytest.mark.parametrize("texts", [EN, SW], ids=["en", "sw"])
HOSTILE = '<b>&"</i><script>'
REFUSALS = (
    "merchant_refused",
    "phone_refused",
    "request_refused",
    "busy",
    "phone_locked",
    "not_sent",
)
NAMES = ("client_name", "plan_name", "business", "name", "detail", "account", "pay_to", "receipt")
OUR_TAGS = {"b", "code", "blockquote"}
EMOJI = re.compile("[\u2300-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]")


class Reader(HTMLParser):
    """Reads a message as Telegram would: plain text, and the tags that made it up."""

    def __init__(self, html):
        super().__init__()
        self.text = ""
        self.tags = set()
        self.open = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def rendered(template, texts=EN, *, demo=False, **changes):
    return render(texts, notice(template, **changes), demo=demo)


def buttons(message):
    rows = message.keyboard.inline_keyboard if message.keyboard else ()
    return [button for row in rows for button in row]


def copied(message):
    return [button.copy_text.text for button in buttons(message) if button.copy_text]


def status(stage, **changes):
    facts = {"transaction_id": 42, "phone_number": "254712345678", "amount_kes": 1500} | changes
    return PushStatus(stage=stage, **facts)


def test_the_templates_are_those_that_the_engine_queues():
    assert templates.TEMPLATES == TEMPLATES


def test_there_is_a_sample_of_each_template():
    assert set(SAMPLES) | set(templates.LIVE) == TEMPLATES


@LANGUAGES
@pytest.mark.parametrize("template", SAMPLES)
def test_each_notice_is_good_html_with_every_place_filled_in(template, texts):
    message = rendered(template, texts)

    reader = Reader(message.text)
    assert not reader.open
    assert reader.tags <= OUR_TAGS
    assert "{" not in message.text
    assert "None" not in message.text


@LANGUAGES
@pytest.mark.parametrize("template", SAMPLES)
def test_a_notice_has_one_emoji_a_line_at_most_and_no_jargon(template, texts):
    text = rendered(template, texts).text

    assert all(len(EMOJI.findall(line)) <= 1 for line in text.split("\n"))
    assert not re.search("callback|ResultCode|checkout", text, re.IGNORECASE)


@pytest.mark.parametrize("template", SAMPLES)
def test_the_swahili_notice_is_another_text_than_the_english_one(template):
    assert rendered(template, SW).text != rendered(template, EN).text


@LANGUAGES
@pytest.mark.parametrize("template", SAMPLES)
def test_hostile_names_reach_the_reader_as_plain_text(template, texts):
    typed = {name: HOSTILE for name in NAMES if name in SAMPLES[template]}

    message = rendered(template, texts, **typed)

    reader = Reader(message.text)
    assert reader.tags <= OUR_TAGS
    assert not reader.open
    assert typed == {} or HOSTILE in reader.text


@LANGUAGES
@pytest.mark.parametrize("template", SAMPLES)
def test_endless_names_are_cut_so_that_no_message_or_button_is_too_long(template, texts):
    typed = {name: "🦒" * 9000 for name in NAMES if name in SAMPLES[template]}

    message = rendered(template, texts, **typed)

    assert len(Reader(message.text).text.encode("utf-16-le")) // 2 <= 4096
    assert all(len(one) <= 256 for one in copied(message))
    assert all(len(button.url) < 2048 for button in buttons(message) if button.url)


@pytest.mark.parametrize("template", SAMPLES)
def test_a_demo_says_so_in_its_first_line_and_real_money_does_not(template):
    assert rendered(template, demo=True).text.startswith("<b>DEMO</b>\n")
    assert "DEMO" not in rendered(template, demo=False).text


def test_a_line_break_in_a_name_starts_no_line_of_its_own():
    text = rendered("approved", business="Gym\n\n💰 KES 9,000 received").text

    assert text.split("\n")[0] == "✅ <b>Gym 💰 KES 9,000 received</b> is approved."


def test_an_unknown_template_is_refused():
    with pytest.raises(KeyError):
        rendered("no_such_template")


def test_a_payment_names_the_client_the_amount_and_its_code():
    message = rendered("payment_received")

    assert "<b>KES 1,500</b>" in message.text
    assert "<b>Asha Mwangi</b> (0712 345 678)" in message.text
    assert "<code>TKN7ABC123</code>" in message.text
    assert "period from 1 November 2026" in message.text
    assert copied(message) == ["TKN7ABC123"]


def test_a_payment_of_somebody_without_a_name_is_told_by_his_number():
    text = rendered("payment_received", client_name=None, plan_name=None, period_start=None).text

    assert "received from <b>0712 345 678</b>" in text
    assert "Plan" not in text


def test_a_payment_whose_code_is_not_known_yet_says_that_it_follows():
    message = rendered("payment_received", receipt=None)

    assert "its code will follow" in message.text
    assert copied(message) == []


def test_a_receipt_has_all_that_a_client_keeps():
    message = rendered("client_receipt")

    for fact in (
        "<b>Mama Njeri Gym</b>",
        "Gym Gold, period from 1 November 2026",
        "<b>KES 1,500</b>",
        "<code>TKN7ABC123</code>",
        "23 November 2026, 19:05",
        "Next payment: 1 December 2026",
    ):
        assert fact in message.text
    assert copied(message) == ["TKN7ABC123"]


def test_a_receipt_of_the_last_bill_names_no_next_date():
    assert "Next payment" not in rendered("client_receipt", next_on=None).text


def test_a_receipt_of_a_one_off_charge_names_no_plan():
    text = rendered("client_receipt", plan_name=None, period_start=None, next_on=None).text

    assert "Plan" not in text
    assert "<b>KES 1,500</b>" in text


def test_a_failure_tells_the_owner_why_and_when_it_is_tried_again():
    message = rendered("payment_failed")

    assert "not enough money" in message.text
    assert "Retry 1 of 3 goes out on 24 Nov, 10:00." in message.text
    assert [one.callback_data for one in buttons(message)] == ["v1:txn:42"]


def test_the_last_failure_tells_when_the_subscription_is_suspended():
    text = rendered(
        "payment_failed",
        next_attempt_at=None,
        exhausted=True,
        retry_count=3,
        suspend_at="2026-11-27T07:00:00+00:00",
    ).text

    assert "last prompt" in text
    assert "27 Nov, 10:00" in text


def test_the_failure_of_a_one_off_charge_speaks_of_no_retry():
    text = rendered("payment_failed", next_attempt_at=None, exhausted=True, plan_name=None).text

    assert "retry" not in text.lower()
    assert "No further prompt goes out by itself." in text


def test_a_failure_that_nobody_retries_says_so():
    text = rendered("payment_failed", next_attempt_at=None).text

    assert "No further prompt goes out by itself." in text


def test_a_refusal_may_be_the_reason_of_a_failure():
    assert "settings" in rendered("payment_failed", outcome="merchant_refused").text


@LANGUAGES
@pytest.mark.parametrize("template", ["payment_failed", "client_payment_failed"])
def test_a_reason_without_words_of_its_own_still_reaches_the_reader(template, texts):
    assert "KES 1,500" in rendered(template, texts, outcome="SOMETHING_NEW").text


@LANGUAGES
@pytest.mark.parametrize("template", ["payment_failed", "client_payment_failed"])
def test_every_end_of_a_prompt_is_told_apart(template, texts):
    told = {rendered(template, texts, outcome=outcome).text for outcome in Outcome}

    assert len(told) == len(Outcome)


def test_a_client_learns_why_when_the_next_prompt_comes_and_how_to_pay_to_a_paybill():
    message = rendered("client_payment_failed")

    assert "There was not enough money in your M-Pesa account." in message.text
    assert "The next M-Pesa prompt comes on 24 Nov, 10:00." in message.text
    assert "Business number: <code>600000</code>" in message.text
    assert "Account number: <code>FP7</code>" in message.text
    assert "Amount: <code>1500</code>" in message.text
    assert copied(message) == ["600000", "FP7", "1500"]


def test_a_till_asks_for_no_account_number():
    message = rendered("client_payment_failed", pay_kind="TILL", pay_to="123456")

    assert "Till number: <code>123456</code>" in message.text
    assert "Account" not in message.text
    assert copied(message) == ["123456", "1500"]


def test_a_client_who_is_not_asked_again_is_told_so():
    text = rendered("client_payment_failed", next_attempt_at=None, exhausted=True).text

    assert "No further M-Pesa prompt comes by itself." in text


@pytest.mark.parametrize("template", ["client_payment_failed", "client_suspended"])
def test_a_business_without_an_account_gives_no_way_to_pay_by_hand(template):
    message = rendered(template, pay_kind=None, pay_to=None)

    assert "by hand" not in message.text
    assert message.keyboard is None
    assert not message.text.endswith("\n")


def test_an_invitation_says_who_invites_to_what_for_how_much_and_when():
    text = rendered("invitation").text

    for fact in (
        "<b>Mama Njeri Gym</b>",
        "<b>Asha Mwangi</b>",
        "Gym Gold",
        "KES 1,500 every month",
        "1 December 2026",
        "https://t.me/FluxPayTestBot?start=0a1b2c",
        "30 November 2026",
    ):
        assert fact in text


def test_an_invitation_can_be_copied_and_sent_by_whatsapp_and_telegram():
    copy, whatsapp, telegram, picture = buttons(rendered("invitation"))
    assert picture.callback_data == "v1:qr:7"
    url = SAMPLES["invitation"]["url"]

    assert copy.copy_text.text == url
    to_whatsapp = urlsplit(whatsapp.url)
    assert (to_whatsapp.netloc, to_whatsapp.path) == ("wa.me", "/254712345678")
    assert parse_qs(to_whatsapp.query)["text"][0].endswith(f"\n{url}")
    to_telegram = parse_qs(urlsplit(telegram.url).query)
    assert to_telegram["url"] == [url]
    assert "Mama Njeri Gym invites you" in to_telegram["text"][0]


def whatsapp_of(message):
    (url,) = [b.url for b in buttons(message) if b.url and b.url.startswith("https://wa.me/")]
    return url


def ready_in_whatsapp(message):
    """Return what is typed there already."""
    (text,) = parse_qs(urlsplit(whatsapp_of(message)).query)["text"]
    return text


def test_the_owner_sends_a_receipt_by_whatsapp_as_plain_text_in_the_clients_language():
    for language, title in (("en", "Receipt from"), ("sw", "Risiti"), (None, "Receipt from")):
        message = rendered("payment_received", client_language=language)

        ready = ready_in_whatsapp(message)
        assert title in ready
        for fact in ("Mama Njeri Gym", "Asha Mwangi", "Gym Gold", "KES 1,500", "TKN7ABC123"):
            assert fact in ready
        assert "<" not in ready


def test_a_receipt_of_a_demo_says_so_in_whatsapp_too():
    assert ready_in_whatsapp(rendered("payment_received", demo=True)).startswith("DEMO\n")
    assert "DEMO" not in ready_in_whatsapp(rendered("payment_received"))


def test_the_days_summary_leads_home_and_to_what_needs_the_owner():
    led = [button.callback_data for button in buttons(rendered("digest", needs_you=2))]
    assert led == ["v1:needs", "v1:home"]
    assert [b.callback_data for b in buttons(rendered("digest", needs_you=0))] == ["v1:home"]


def test_nobody_is_written_to_once_his_number_was_deleted():
    message = rendered("payment_received", phone_number="")

    assert not any(button.url for button in buttons(message))


def test_a_paid_notice_of_an_older_version_is_still_told():
    facts = {name: SAMPLES["payment_received"][name] for name in SAMPLES["payment_received"]}
    for name in ("business", "client_language", "paid_at", "next_on"):
        del facts[name]
    old = replace(notice("payment_received"), params=facts)

    message = render(EN, old, demo=False)

    assert "KES 1,500" in message.text
    assert not any(button.url for button in buttons(message))


@LANGUAGES
@pytest.mark.parametrize("letter", ["N", "ñ", "👩🏾", "%"])
def test_the_longest_names_make_no_link_that_is_too_long(letter, texts):
    names = dict.fromkeys(("business", "client_name", "plan_name"), letter * (100 // len(letter)))

    invitation, paid = (
        rendered("invitation", texts, **names),
        rendered("payment_received", texts, **names),
    )

    for message in (invitation, paid):
        assert all(len(button.url) <= 2000 for button in buttons(message) if button.url)
    assert ready_in_whatsapp(invitation).endswith(SAMPLES["invitation"]["url"])
    assert "TKN7ABC123" in ready_in_whatsapp(paid)


def test_names_in_the_links_of_an_invitation_stay_names():
    message = rendered("invitation", business="A&text=b #1", plan_name="100% <b>")

    told = parse_qs(urlsplit(buttons(message)[2].url).query)["text"]
    assert len(told) == 1
    assert told[0].startswith("A&text=b #1 invites you to pay for 100% <b> by M-Pesa")


def test_an_accepted_invitation_opens_the_subscription():
    assert buttons(rendered("invitation_accepted"))[0].callback_data == "v1:sub:7"


def test_an_administrator_may_approve_with_and_without_lending_the_account():
    approve, lend = buttons(rendered("approval_requested"))

    assert (approve.callback_data, approve.style) == ("v1:adm:ok:5", KeyboardButtonStyle.SUCCESS)
    assert (lend.callback_data, lend.style) == ("v1:adm:lend:5", None)


def test_halted_prompts_can_be_resumed():
    assert buttons(rendered("prompts_halted"))[0].callback_data == "v1:adm:resume:600000"


@pytest.mark.parametrize("template", ["needs_you", "prompt_unknown", "payment_failed"])
def test_what_needs_a_person_opens_the_transaction(template):
    assert buttons(rendered(template))[0].callback_data == "v1:txn:42"


@LANGUAGES
def test_every_reason_for_not_booking_a_payment_is_told_apart(texts):
    reasons = (
        "amount_differs",
        "phone_differs",
        "receipt_used",
        "amount_missing",
        "receipt_missing",
        "something_new",
    )

    told = {rendered("event_parked", texts, reason=reason).text for reason in reasons}

    assert len(told) == len(reasons)


def test_a_payment_of_another_amount_tells_both_amounts():
    text = rendered("event_parked").text

    assert "KES 1,500" in text
    assert "KES 1,400" in text


def test_missed_bills_are_counted():
    assert buttons(rendered("parked"))[0].callback_data == "v1:sub:7"
    assert "5 bills of" in rendered("parked").text
    assert "1 bill of" in rendered("parked", missed=1).text


def test_an_accepted_push_asks_to_check_the_phone():
    message = push_status_message(EN, status(Stage.ACCEPTED))

    assert message.text == "STK Push sent to 254712345678. Please check your phone."


def test_an_unanswered_push_says_that_nobody_knows_yet():
    text = push_status_message(EN, status(Stage.UNKNOWN)).text

    assert "We don't know yet" in text
    assert "254712345678" in text
    assert "not sent" not in text.lower()
    assert "❌" not in text


def test_a_paid_push_tells_the_amount_and_the_code():
    message = push_status_message(EN, status(Stage.PAID, receipt="TKN7ABC123"))

    assert "<b>KES 1,500</b> received" in message.text
    assert "<code>TKN7ABC123</code>" in message.text
    assert copied(message) == ["TKN7ABC123"]


@LANGUAGES
def test_every_way_in_which_a_push_fails_is_told_apart(texts):
    told = {
        push_status_message(texts, status(Stage.FAILED, outcome=outcome)).text
        for outcome in Outcome
    }

    assert len(told) == len(Outcome)
    assert all(text.startswith("❌") for text in told)


@LANGUAGES
def test_a_refused_push_says_that_nothing_was_sent_and_why(texts):
    told = {
        push_status_message(texts, status(Stage.REFUSED, refusal=Fault(code))).text
        for code in REFUSALS
    }

    assert len(told) == len(REFUSALS)
    assert all(text.startswith("🚫") for text in told)


def test_a_refusal_gives_the_words_of_m_pesa_escaped_but_not_those_of_the_network():
    refused = status(Stage.REFUSED, refusal=Fault("phone_refused", {"detail": "Bad <phone>"}))
    unsent = status(Stage.REFUSED, refusal=Fault("not_sent", {"detail": "OSError 111"}))

    assert "M-Pesa says: Bad &lt;phone&gt;" in push_status_message(EN, refused).text
    assert "OSError" not in push_status_message(EN, unsent).text


@LANGUAGES
@pytest.mark.parametrize("stage", Stage)
def test_each_stage_of_a_push_is_told_with_demo_first_where_no_money_moves(stage, texts):
    real = push_status_message(texts, status(stage))
    demo = push_status_message(texts, status(stage), demo=True)

    assert demo.text == f"<b>DEMO</b>\n{real.text}"
    assert "254712345678" in real.text
    assert not Reader(real.text).open


def data_of(stage):
    return [one.callback_data for one in buttons(push_status_message(EN, status(stage)))]


@pytest.mark.parametrize("stage", Stage)
def test_a_push_can_be_opened_as_soon_as_it_is_out_of_our_hands(stage):
    assert data_of(stage)[-2:] == ([] if stage is Stage.SENDING else ["v1:txn:42", "v1:home"])


@pytest.mark.parametrize("stage", Stage)
def test_a_push_that_brought_no_money_offers_what_to_do_about_it(stage):
    is_over = stage in {Stage.FAILED, Stage.REFUSED}

    assert data_of(stage)[:-2] == (["v1:again:42~", "v1:new:cash:42"] if is_over else [])


@LANGUAGES
@pytest.mark.parametrize("source", ["CASH", "BANK"])
def test_money_that_came_by_hand_is_told_without_a_word_of_m_pesa(texts, source):
    for template in ("payment_received", "extra_payment", "client_receipt"):
        text = render(texts, notice(template, source=source, receipt=None), demo=False).text
        assert "M-Pesa" not in text


def test_a_receipt_of_a_part_says_what_is_still_to_pay():
    assert "Still to pay: <b>KES 500</b>" in rendered("client_receipt", owed_kes=500).text
    assert "Your credit: KES 70" in rendered("client_receipt", credit_kes=70).text
    assert "Balance: nothing more to pay" in rendered("client_receipt").text


def test_a_notice_of_an_older_version_is_still_delivered():
    new = {"client_name", "source", "owed_kes", "credit_kes"}
    params = {k: v for k, v in SAMPLES["client_receipt"].items() if k not in new}
    old = replace(notice("client_receipt"), params=params)

    text = render(EN, old, demo=False).text

    assert "TKN7ABC123" in text
    assert "Balance" not in text


def test_money_booked_by_hand_shows_no_code_that_is_still_to_come():
    text = push_status_message(EN, status(Stage.PAID, is_by_hand=True)).text

    assert "You booked it by hand." in text


def test_a_paused_client_reads_until_when_nothing_is_asked_for():
    assert Reader(rendered("client_put_on_pause").text).text == (
        "⏸ Mama Njeri Gym has paused your subscription to Gym Gold.\n"
        "No payment is asked for until 1 December 2026, then it goes on by itself."
    )
    assert "No payment is asked for until it goes on." in (
        rendered("client_put_on_pause", resume_on=None).text
    )
    assert "Huombwi malipo hadi 1 Desemba 2026" in rendered("client_put_on_pause", SW).text


def test_a_client_whose_pause_is_over_reads_what_is_open_and_what_comes_next():
    assert Reader(rendered("client_resumed").text).text == (
        "▶️ Your subscription to Gym Gold at Mama Njeri Gym goes on.\n"
        "KES 1,500 is still to be paid.\nNext payment: 1 December 2026"
    )
    bare = rendered("client_resumed", next_on=None, owed_kes=0).text
    assert Reader(bare).text == "▶️ Your subscription to Gym Gold at Mama Njeri Gym goes on."
