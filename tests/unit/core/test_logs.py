"""Logs: no secret, no token, no whole phone number, whoever writes the line."""

import contextlib
import io
import json
import logging

import pytest
import structlog

from core.logs import configure_logs, mask


@pytest.fixture
def logged(capsys):
    """Return the lines that somebody logs, as JSON; afterwards all is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def listen(speak):
        # Not before the test runs: pytest gives each of its phases a stderr of its own.
        configure_logs("json")
        speak()
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield listen
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize(
    "phone",
    ["254712345678", "+254712345678", "0712345678", "0712 345 678", "+254 712-345-678"],
)
def test_phone_number_is_shortened(phone):
    assert mask(f"asked {phone} today") == "asked 0712***678 today"


@pytest.mark.parametrize(
    "text", ["7123456789012345", "12:30", "1500", "20261123", "2026-11-23", ""]
)
def test_what_is_no_phone_number_stays(text):
    assert mask(text) == text


def test_bots_token_and_a_pushs_secret_path_are_taken_out():
    token = "123456:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"

    assert mask(f"https://api.telegram.org/bot{token}/getMe").endswith("***/getMe")
    assert token not in mask(f"token {token}")
    assert mask("POST /api/payments/callback/0a1b2c?x") == "POST /api/payments/callback/***?x"


@pytest.mark.parametrize("route", ["/api/plans/{id}", "/api/payments/callback/{token}"])
def test_template_of_a_route_stays(route):
    assert mask(route) == route


@pytest.mark.parametrize("end", ["abc", "abc/{id}"])
def test_what_only_looks_like_a_template_gives_no_token_away(end):
    assert "abc" not in mask(f"/api/payments/callback/{end}")


def test_fields_are_masked_however_deep_they_lie(logged):
    fields = {
        "phone": 254712345678,
        "nested": {"to": ["0712345678", {"passkey": "hidden"}]},
        "daraja_passkey": "hidden",
        "Authorization": "Bearer hidden",
        "body": b"call 0712345678",
        "error": ValueError("no route to 254712345678"),
        "transaction_id": 7,
    }

    (line,) = logged(lambda: structlog.get_logger().info("event", **fields))

    assert line["phone"] == "0712***678"
    assert line["nested"] == {"to": ["0712***678", {"passkey": "***"}]}
    assert line["daraja_passkey"] == line["Authorization"] == "***"
    assert "0712***678" in line["body"]
    assert line["error"] == "no route to 0712***678"
    assert line["transaction_id"] == 7


def test_trace_of_an_exception_is_masked(logged):
    def break_down():
        try:
            raise RuntimeError("could not reach 0712345678")  # noqa: TRY301 - to have a trace
        except RuntimeError:
            structlog.get_logger().exception("broke")

    (line,) = logged(break_down)

    assert "RuntimeError" in line["exception"]
    assert "0712***678" in line["exception"]
    assert "0712345678" not in line["exception"]


def test_lines_of_other_libraries_are_masked_too(logged):
    library = logging.getLogger("some.library")

    (line,) = logged(lambda: library.warning("connecting for %s", "254712345678"))

    assert line["event"] == "connecting for 0712***678"
    assert line["level"] == "warning"


def test_libraries_that_log_addresses_speak_only_of_trouble(logged):
    library = logging.getLogger("httpx")

    assert logged(lambda: library.info("GET https://api.telegram.org/bot1:secret")) == []
    assert len(logged(lambda: library.warning("trouble"))) == 1


def test_a_stream_that_is_gone_stops_nobody_who_logs(logged):
    def speak():
        gone = io.StringIO()
        gone.close()
        with contextlib.redirect_stderr(gone):
            configure_logs("json")
            structlog.get_logger().info("event")

    assert logged(speak) == []
