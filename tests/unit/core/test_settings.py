"""The settings: every fault named at once, by the variable's name, and never with its value."""

from datetime import time, timedelta

import pytest

from core.setting_values import FORBIDDEN_URL_WORDS
from core.settings import (
    DEMO_SECRET_KEY,
    SettingsInvalid,
)

SECRET = "a secret that is long enough for us all"
REAL = {
    "TELEGRAM_BOT_TOKEN": "123:abc",
    "DARAJA_CONSUMER_KEY": "key",
    "DARAJA_CONSUMER_SECRET": "secret",
    "DARAJA_SHORTCODE": "174379",
    "DARAJA_PASSKEY": "passkey",
    "SECRET_KEY": SECRET,
    "PUBLIC_URL": "https://pay.example.co.ke",
}


def faults(load, **variables):
    with pytest.raises(SettingsInvalid) as refusal:
        load(**variables)
    return refusal.value.faults


def test_with_nothing_set_there_are_defaults_and_no_telegram(load):
    settings = load()

    assert settings.database_url == "sqlite://fluxpay.db"
    assert (settings.billing_time, str(settings.timezone)) == (time(8), "Africa/Nairobi")
    assert time(7) in settings.sociable_hours
    assert time(20, 59) in settings.sociable_hours
    assert time(21) not in settings.sociable_hours
    assert (settings.has_telegram, settings.has_daraja) == (False, False)
    assert settings.callback_base_url == "http://127.0.0.1:8080"
    assert settings.secret_keys == (DEMO_SECRET_KEY,)


def test_complete_real_settings_are_taken(load):
    settings = load(**REAL, ADMIN_IDS="1001, 1002", GRACE_DAYS="5")

    assert settings.has_daraja
    assert settings.admin_ids == {1001, 1002}
    assert settings.grace == timedelta(days=5)
    assert settings.callback_base_url == "https://pay.example.co.ke"
    assert settings.daraja_url == "https://sandbox.safaricom.co.ke"


def test_dot_env_is_read_and_the_environment_goes_before_it(load, tmp_path):
    (tmp_path / ".env").write_text("PORT=9000\nHOST=0.0.0.0\n")

    settings = load(PORT="9001")

    assert (settings.port, settings.host) == (9001, "0.0.0.0")  # noqa: S104 - what .env says


def test_every_fault_is_named_in_one_message(load):
    found = faults(
        load,
        TELEGRAM_BOT_TOKEN="123:abc",
        DARAJA_SHORTCODE="12",
        PORT="70000",
        TIMEZONE="Africa/Atlantis",
        SOCIABLE_HOURS="21:00-07:00",
        BILLING_TIME="25:00",
        ADMIN_IDS="wanjiku",
        DATABASE_URL="mysql://x",
        PUBLIC_URL="http://pay.example.co.ke",
        LOG_FORMAT="xml",
        SECRET_KEY="short",
    )

    named = {line.split()[0] for line in found}
    assert named == {
        "DARAJA_SHORTCODE",
        "PORT",
        "TIMEZONE",
        "SOCIABLE_HOURS",
        "BILLING_TIME",
        "ADMIN_IDS",
        "DATABASE_URL",
        "PUBLIC_URL",
        "LOG_FORMAT",
        "SECRET_KEY",
        "DARAJA_CONSUMER_KEY",
        "DARAJA_CONSUMER_SECRET",
        "DARAJA_PASSKEY",
    }


def test_fault_never_shows_a_secrets_value(load):
    found = faults(load, **(REAL | {"SECRET_KEY": "hunter2", "DARAJA_SHORTCODE": "x-passkey-x"}))

    assert len(found) == 2
    assert "hunter2" not in str(found)
    assert "x-passkey-x" not in str(found)


@pytest.mark.parametrize("name", [name for name in REAL if name != "TELEGRAM_BOT_TOKEN"])
def test_real_daraja_needs_each_of_its_settings(load, name):
    rest = {key: value for key, value in REAL.items() if key != name}

    assert faults(load, **rest) == [f"{name} is missing"]


@pytest.mark.parametrize("name", [name for name in REAL if name != "TELEGRAM_BOT_TOKEN"])
def test_blank_setting_is_an_absent_one(load, name):
    assert faults(load, **(REAL | {name: "  "})) == [f"{name} is missing"]


def test_without_a_telegram_token_nothing_of_daraja_is_needed(load):
    assert not load(DARAJA_SHORTCODE="174379").has_daraja


def test_local_daraja_needs_no_public_url(load):
    rest = {key: value for key, value in REAL.items() if key != "PUBLIC_URL"}

    settings = load(**rest, DARAJA_BASE_URL="http://127.0.0.1:8081", PORT="8090")

    assert settings.callback_base_url == "http://127.0.0.1:8090"


def test_demos_secret_key_is_refused_for_a_real_daraja(load):
    assert faults(load, **(REAL | {"SECRET_KEY": DEMO_SECRET_KEY})) == [
        "SECRET_KEY is the demo's: make one of your own"
    ]


@pytest.mark.parametrize("name", ["SECRET_KEY", "SECRET_KEY_PREVIOUS"])
def test_secret_key_of_31_characters_is_too_short_and_one_of_32_is_not(load, name):
    assert faults(load, **(REAL | {name: "x" * 31})) == [f"{name} is shorter than 32 characters"]
    assert load(**(REAL | {name: "x" * 32}))


def test_previous_secret_key_still_decrypts(load):
    settings = load(**REAL, SECRET_KEY_PREVIOUS="p" * 32)

    assert settings.secret_keys == (SECRET, "p" * 32)


def test_webhook_mode_needs_a_public_url(load):
    assert faults(load, TELEGRAM_MODE="webhook") == [
        "PUBLIC_URL is missing: TELEGRAM_MODE=webhook needs it"
    ]


@pytest.mark.parametrize("name", ["DARAJA_BASE_URL", "TELEGRAM_API_URL", "PUBLIC_URL"])
@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1"])
def test_this_machine_may_be_spoken_to_in_plain_http(load, name, url):
    assert getattr(load(**{name: url}), name.lower()) == url


@pytest.mark.parametrize("name", ["DARAJA_BASE_URL", "TELEGRAM_API_URL", "PUBLIC_URL"])
@pytest.mark.parametrize(
    "url",
    [
        "http://pay.example.co.ke",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "ftp://localhost",
        "pay.example.co.ke",
        "https://",
        "https://pay.example.co.ke:99999",
        "https://pay.example.co.ke/?a=b",
        "https://pay.example.co.ke/#a",
    ],
)
def test_addresses_that_are_not_safe_or_no_addresses_are_refused(load, name, url):
    (fault,) = faults(load, **{name: url})

    assert fault.startswith(f"{name} ")


def test_slash_at_the_end_of_an_address_is_dropped(load):
    assert load(PUBLIC_URL="https://pay.example.co.ke/").public_url == "https://pay.example.co.ke"


@pytest.mark.parametrize("word", FORBIDDEN_URL_WORDS)
def test_public_url_with_a_word_that_safaricom_refuses_is_refused(load, word):
    (fault,) = faults(load, PUBLIC_URL=f"https://pay.example.co.ke/{word.upper()}/x")

    assert fault.startswith("PUBLIC_URL must not contain ")


@pytest.mark.parametrize("hours", ["7-21", "07:00", "07:60-21:00", "09:00-09:00", "07:00-24:01"])
def test_hours_that_are_none_are_refused(load, hours):
    (fault,) = faults(load, SOCIABLE_HOURS=hours)

    assert fault.startswith("SOCIABLE_HOURS ")


def test_sociable_hours_may_last_until_midnight(load):
    assert time(23, 59) in load(SOCIABLE_HOURS="00:00-24:00").sociable_hours


def test_billing_time_belongs_to_the_business_zone_and_takes_no_offset(load):
    assert load(BILLING_TIME="06:30").billing_time == time(6, 30)
    (fault,) = faults(load, BILLING_TIME="06:30+02:00")

    assert fault.startswith("BILLING_TIME ")


def test_demo_is_a_copy_that_calls_back_to_this_machine(load):
    real = load(**REAL)

    demo = real.for_demo(daraja_base_url="http://127.0.0.1:8081")

    assert (real.demo, demo.demo) == (False, True)
    assert demo.callback_base_url == "http://127.0.0.1:8080"


def test_settings_can_not_be_changed_and_show_no_secret(load):
    settings = load(**REAL)

    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1
    shown = repr(settings)
    for secret in ("123:abc", "passkey", SECRET):
        assert f"'{secret}'" not in shown


# --- the mail server ----------------------------------------------------------------------------


def test_without_a_mail_server_no_e_mails_are_sent(load):
    assert load().smtp is None


def test_a_mail_server_is_one_url_or_its_parts(load):
    url = load(SMTP_URL="smtps://me%40example.com:s%2Fecret@mail.example.com").smtp
    assert (url.host, url.port, url.tls) == ("mail.example.com", 465, "tls")
    assert (url.user, url.password, url.sender) == ("me@example.com", "s/ecret", "me@example.com")


def test_the_parts_of_a_mail_server_have_their_usual_port(load):
    parts = load(SMTP_HOST="mail.example.com", SMTP_FROM="bills@example.com").smtp

    assert (parts.host, parts.port, parts.tls) == ("mail.example.com", 587, "starttls")
    assert (parts.user, parts.password, parts.sender) == (None, None, "bills@example.com")
    assert "s/ecret" not in repr(parts)


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"SMTP_HOST": "mail.example.com"}, "SMTP_FROM is missing"),
        ({"SMTP_URL": "https://me@mail"}, "SMTP_URL is not of the form"),
        (
            {"SMTP_HOST": "mail.example.com", "SMTP_FROM": "a@b.c", "SMTP_TLS": "none"},
            "SMTP_TLS=none is for a mail server on this machine alone",
        ),
        ({"SMTP_HOST": "m.example.com", "SMTP_FROM": "a@b.c", "SMTP_PORT": "0"}, "SMTP_PORT"),
    ],
)
def test_a_mail_server_that_cannot_work_is_refused_at_the_start(load, variables, fault):
    assert any(fault in line for line in faults(load, **variables))


def test_a_mail_server_on_this_machine_may_go_without_tls(load):
    smtp = load(SMTP_HOST="127.0.0.1", SMTP_FROM="a@b.c", SMTP_TLS="none").smtp

    assert (smtp.port, smtp.tls) == (25, "none")


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite://?mode=ro", "postgres://u:p@host:port/name", "postgres://h:0/n"]
)
def test_a_database_url_that_is_not_whole_is_a_fault(load, url):
    (fault,) = faults(load, DATABASE_URL=url)

    assert fault.startswith("DATABASE_URL is not whole")
