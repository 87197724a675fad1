"""Answers to inline queries: what may be offered, and what choosing it will send.

The refusals' texts are those of a Bot API server of one's own (telegram-bot-api, Client.cpp).
"""

import re
from typing import Any, Final

from sandbox.telegram.errors import Json, Refusal, bad_request
from sandbox.telegram.keyboards import checked_markup
from sandbox.telegram.methods.delivery import text_content
from sandbox.telegram.methods.media import file_content
from sandbox.telegram.model import Telegram
from sandbox.telegram.params import Params

_RESULTS_LIMIT: Final = 50
_ID_LIMIT_BYTES: Final = 64
_OFFSET_LIMIT_BYTES: Final = 64
_START_PARAMETER: Final = re.compile(r"[A-Za-z0-9_-]+")
_START_PARAMETER_LIMIT: Final = 64


def answer_inline_query(telegram: Telegram, params: Params) -> bool:
    """Offer results for what somebody typed."""
    results = _checked_results(telegram, params)
    offset = params.text("next_offset")
    if len(offset.encode()) > _OFFSET_LIMIT_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    answer = {"results": results, "button": _checked_button(params), "nextOffset": offset}
    telegram.inline.answer(params.text("inline_query_id"), answer, now_s=telegram.now_s())
    telegram.touched()
    return True


def _checked_results(telegram: Telegram, params: Params) -> list[Json]:
    raw = params.json("results")
    if not isinstance(raw, list):
        raise bad_request("expected an Array of inline query results")
    if len(raw) > _RESULTS_LIMIT:
        raise bad_request("too many inline query results specified")
    results = [_checked_result(telegram, item) for item in raw]
    if len({result["id"] for result in results}) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    return results


def _checked_result(telegram: Telegram, raw: Any) -> Json:
    if not isinstance(raw, dict):
        raise _unparsable("Object expected")
    result_id = str(raw.get("id", ""))
    if not result_id:
        raise bad_request("RESULT_ID_EMPTY")
    if len(result_id.encode()) > _ID_LIMIT_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    content = _content(telegram, raw)
    markup = checked_markup(raw.get("reply_markup"))
    if not markup.is_editable:
        raise bad_request("inline keyboard expected")
    return {
        "id": result_id,
        "type": raw["type"],
        "title": str(raw.get("title") or raw.get("first_name") or ""),
        "description": str(raw.get("description") or raw.get("phone_number") or ""),
        "content": content,
        "inlineKeyboard": markup.inline,
    }


def _content(telegram: Telegram, raw: Json) -> Json:
    """Return what is sent when this result is chosen."""
    match raw.get("type"):
        case "article":
            if not str(raw.get("title", "")).strip():
                raise bad_request("ARTICLE_TITLE_EMPTY")
            return _input_content(raw.get("input_message_content"))
        case "contact":
            return _contact(raw)
        case "photo" | "document" as kind if f"{kind}_file_id" in raw:
            given = Params(raw | {kind: raw[f"{kind}_file_id"]})
            return file_content(telegram, given, kind)
        case kind:  # Nothing is fetched from anywhere, so pictures by address are none.
            raise _unparsable(f'type "{kind}" is unsupported for the inline query result')


def _input_content(raw: Any) -> Json:
    if not isinstance(raw, dict):
        raise _unparsable("Input message content is not specified")
    if "phone_number" in raw:
        return _contact(raw)
    if "message_text" not in raw:
        raise _unparsable('Can\'t find field "message_text"')
    renamed = raw | {"text": raw["message_text"]}
    return text_content(Params(renamed))


def _contact(raw: Json) -> Json:
    number, first_name = str(raw.get("phone_number", "")), str(raw.get("first_name", ""))
    if not number:
        raise bad_request("phone number must be non-empty")
    if not first_name:
        raise bad_request("first name must be non-empty")
    return {"contact": {"phone_number": number, "first_name": first_name}}


def _checked_button(params: Params) -> Json | None:
    """Return the button above the results that leads to the bot's private chat."""
    raw = params.json("button")
    if raw is None:
        return None
    if not isinstance(raw, dict) or not str(raw.get("text", "")).strip():
        raise bad_request("can't parse InlineQueryResultsButton: Can't find field \"text\"")
    start = str(raw.get("start_parameter", ""))
    if not start and "web_app" not in raw:
        raise bad_request("can't use empty start_parameter")
    if len(start) > _START_PARAMETER_LIMIT:
        raise bad_request("too long start_parameter specified")
    if start and not _START_PARAMETER.fullmatch(start):
        raise bad_request("unallowed characters in start_parameter are used")
    return {"text": str(raw["text"]), "startParameter": start or None}


def _unparsable(reason: str) -> Refusal:
    return bad_request(f"can't parse InlineQueryResult: {reason}")
