import pytest

from sandbox.telegram.errors import Refusal
from sandbox.telegram.keyboards import checked_markup, inline_view, reply_view


def inline(*buttons: dict) -> dict:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize("data", ["x", "x" * 64, "💰" * 16])
def test_callback_data_of_1_to_64_bytes_is_taken(data):
    markup = inline({"text": "Pay", "callback_data": data})

    assert checked_markup(markup).inline == markup


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"text": "Pay", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "Pay", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "Pay", "callback_data": "💰" * 16 + "x"}, "BUTTON_DATA_INVALID"),
        ({"text": "Pay", "callback_data": 7}, "must be of type String"),
        ({"text": "Copy", "copy_text": {"text": ""}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "Copy", "copy_text": {"text": "x" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "Open", "url": "http://localhost/x"}, "is invalid: Wrong HTTP URL"),
        ({"text": "App", "web_app": {"url": "http://a.ke/"}}, "Only HTTPS links are allowed"),
        ({"text": "Pay"}, "Text buttons are unallowed in the inline keyboard"),
        ({"text": " ", "callback_data": "x"}, "Button text must be non-empty"),
        ({"callback_data": "x"}, 'Can\'t find field "text"'),
        ({"text": "Pay", "callback_data": "x", "style": "pink"}, "Invalid button style"),
    ],
)
def test_button_that_telegram_would_not_take_is_refused(button, reason):
    with pytest.raises(Refusal, match=reason):
        checked_markup(inline(button))


@pytest.mark.parametrize("style", ["primary", "success", "danger"])
def test_three_styles_are_known(style):
    button = {"text": "Pay", "callback_data": "x", "style": style}

    assert inline_view(checked_markup(inline(button)).inline)[0][0]["style"] == style


def test_keyboard_of_100_buttons_fits_and_one_more_does_not():
    row = [{"text": "x", "callback_data": "x"}] * 10

    assert checked_markup({"inline_keyboard": [row] * 10}).inline is not None
    with pytest.raises(Refusal, match="reply markup is too long"):
        checked_markup({"inline_keyboard": [row] * 10 + [row[:1]]})


def test_empty_rows_vanish_and_an_empty_keyboard_is_none():
    button = {"text": "Pay", "callback_data": "x"}

    assert checked_markup({"inline_keyboard": [[], [button]]}).inline == inline(button)
    assert checked_markup({"inline_keyboard": [[]]}).inline is None


@pytest.mark.parametrize("raw", [[], "x", {"inline_keyboard": "x"}, {"keyboard": ["x"]}])
def test_markup_of_another_shape_is_refused(raw):
    with pytest.raises(Refusal):
        checked_markup(raw)


def test_page_gets_kind_and_data_of_every_button():
    buttons = [
        {"text": "1", "callback_data": "go"},
        {"text": "2", "url": "https://a.ke/"},
        {"text": "3", "copy_text": {"text": "QK12"}},
        {"text": "4", "switch_inline_query": "ali"},
        {"text": "5", "switch_inline_query_chosen_chat": {"query": "asha"}},
        {"text": "6", "web_app": {"url": "https://a.ke/app"}},
    ]

    (row,) = inline_view(checked_markup(inline(*buttons)).inline)

    assert [(button["kind"], button["data"]) for button in row] == [
        ("callback", "go"),
        ("url", "https://a.ke/"),
        ("copy", "QK12"),
        ("switchInline", "ali"),
        ("switchInline", "asha"),
        ("webApp", "https://a.ke/app"),
    ]


def test_only_inline_or_no_markup_leaves_a_message_editable():
    assert checked_markup(None).is_editable
    assert checked_markup(inline({"text": "x", "callback_data": "x"})).is_editable
    assert not checked_markup({"keyboard": [["x"]]}).is_editable
    assert not checked_markup({"remove_keyboard": True}).is_editable
    assert not checked_markup({"force_reply": True}).is_editable


def test_placeholder_of_64_fits_and_one_more_does_not():
    def keyboard(length: int) -> dict:
        return {"keyboard": [["x"]], "input_field_placeholder": "x" * length}

    assert reply_view(checked_markup(keyboard(64)).reply)["placeholder"] == "x" * 64
    with pytest.raises(Refusal, match="INPUT_FIELD_PLACEHOLDER_INVALID"):
        checked_markup(keyboard(65))
