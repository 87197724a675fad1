import pytest

from sandbox.telegram.entities import CAPTION_LIMIT, checked_entities, checked_link, formatted
from sandbox.telegram.errors import Refusal
from sandbox.telegram.html_view import render


def bold(offset: int, length: int) -> dict:
    return {"type": "bold", "offset": offset, "length": length}


def found(text: str) -> list[tuple[str, str]]:
    return [
        (one["type"], text[one["offset"] : one["offset"] + one["length"]])
        for one in formatted(text, [])["entities"]
    ]


def test_text_is_trimmed_and_its_entities_move_along():
    assert formatted(" \n Pay now \n", [bold(3, 9)]) == {
        "text": "Pay now",
        "entities": [bold(0, 7)],
    }


def test_entity_that_covered_only_blanks_is_dropped():
    assert formatted("Pay  ", [bold(3, 2)])["entities"] == []


def test_text_of_4096_utf16_units_fits_and_one_more_does_not():
    assert formatted("💰" * 2048, [])["text"] == "💰" * 2048
    with pytest.raises(Refusal, match="Bad Request: message is too long"):
        formatted("💰" * 2048 + "x", [])


def test_caption_of_1024_fits_and_one_more_does_not():
    assert formatted("x" * 1024, [], limit=CAPTION_LIMIT)["text"] == "x" * 1024
    with pytest.raises(Refusal, match="message caption is too long"):
        formatted("x" * 1025, [], limit=CAPTION_LIMIT)


def test_control_characters_become_spaces_and_carriage_returns_vanish():
    assert formatted("a\x00b\r\nc", [])["text"] == "a b\nc"


def test_code_takes_no_decoration_inside():
    code = {"type": "code", "offset": 0, "length": 5}

    assert formatted("ab cd", [bold(3, 2), code])["entities"] == [code]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/start inv-7", [("bot_command", "/start")]),
        ("see /pay@FluxPayBot", [("bot_command", "/pay@FluxPayBot")]),
        ("1/2 and a/b", []),
        ("https://a.ke/x?y=1.", [("url", "https://a.ke/x?y=1")]),
        ("mail asha@example.com", [("email", "asha@example.com")]),
        (
            "ask @fluxpay_help #rent $KES",
            [("mention", "@fluxpay_help"), ("hashtag", "#rent"), ("cashtag", "$KES")],
        ),
        ("#1 and @abc", []),
    ],
)  # fmt: skip - one case a line
def test_telegram_finds_commands_links_mentions_and_tags(text, expected):
    assert found(text) == expected


def test_nothing_is_found_inside_code():
    code = {"type": "code", "offset": 0, "length": 6}

    assert formatted("/start", [code])["entities"] == [code]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("bold", "expected an Array of MessageEntity"),
        ([{"type": "blink", "offset": 0, "length": 1}], "unsupported MessageEntity type"),
        ([{"type": "bold", "offset": -1, "length": 1}], "invalid offset or length"),
        ([{"type": "bold", "offset": 0}], "invalid offset or length"),
        ([bold(1, 3)], "ends after the end of the text"),
        ([bold(0, 1) | {"type": "text_link", "url": 7}], 'field "url" is of a wrong type'),
        ([bold(0, 1) | {"type": "date_time", "unix_time": '">'}], 'field "unix_time" is of'),
    ],
)
def test_entities_that_do_not_fit_the_text_are_refused(raw, reason):
    with pytest.raises(Refusal, match=reason):
        checked_entities(raw, "abc")


def test_entity_up_to_the_last_unit_is_taken_and_found_kinds_are_ignored():
    command = {"type": "bot_command", "offset": 0, "length": 1}

    assert checked_entities([bold(0, 4), command], "💰ab") == [bold(0, 4)]


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ("https://a.ke", "https://a.ke/"),
        ("a.ke/x", "http://a.ke/x"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x"),
        ("tg://resolve?domain=x", "tg://resolve?domain=x"),
        ("http://localhost:8080", None),
        ("javascript:alert(1)", None),
        ("http://[bad", None),
        ("https://a.ke/x y", None),
        ("", None),
    ],
)
def test_link_is_completed_or_none(given, link):
    assert checked_link(given) == link


def test_page_shows_what_people_typed_and_never_runs_it():
    text = '<script>alert("x")</script>\nend'

    assert render(text, []) == ("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;<br>end")


def test_page_nests_entities_and_splits_those_that_cross():
    italic = {"type": "italic", "offset": 2, "length": 4}

    assert render("abcdef", [bold(0, 4), italic]) == "<b>ab<i>cd</i></b><i>ef</i>"
    assert render("abcdef", [bold(2, 2), italic]) == "ab<i><b>cd</b>ef</i>"


def test_page_renders_every_special_entity():
    def shown(kind: str, **rest) -> str:
        return render("x", [{"type": kind, "offset": 0, "length": 1} | rest])

    assert shown("text_link", url='https://a.ke/?"') == (
        '<a href="https://a.ke/?&quot;" target="_blank" rel="noopener noreferrer">x</a>'
    )
    assert shown("text_link", url="javascript://%0aalert(1)") == "x"
    assert shown("pre", language='j"s') == '<pre><code class="language-j&quot;s">x</code></pre>'
    assert shown("date_time", unix_time=5, date_time_format="r") == (
        '<time data-unix="5" data-format="r">x</time>'
    )
    assert shown("spoiler") == '<span class="tg-spoiler">x</span>'
    assert shown("custom_emoji", custom_emoji_id="1") == "x"


def test_page_slices_by_utf16():
    assert render("💰a", [bold(2, 1)]) == "💰<b>a</b>"
