import pytest

from sandbox.telegram.errors import Refusal
from sandbox.telegram.html_parser import parse_html


def entity(kind: str, offset: int, length: int, **rest) -> dict:
    return {"type": kind, "offset": offset, "length": length} | rest


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        ("b", "bold"),
        ("strong", "bold"),
        ("i", "italic"),
        ("em", "italic"),
        ("u", "underline"),
        ("ins", "underline"),
        ("s", "strikethrough"),
        ("strike", "strikethrough"),
        ("del", "strikethrough"),
        ("code", "code"),
        ("pre", "pre"),
        ("blockquote", "blockquote"),
        ("tg-spoiler", "spoiler"),
        ("B", "bold"),
    ],
)
def test_each_plain_tag_is_one_entity(tag, kind):
    assert parse_html(f"a <{tag}>bc</{tag.lower()}>") == ("a bc", [entity(kind, 2, 2)])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('<span class="tg-spoiler">x</span>', entity("spoiler", 0, 1)),
        ("<blockquote expandable>x</blockquote>", entity("expandable_blockquote", 0, 1)),
        (
            '<a href="https://a.ke/?x=1&amp;y=2">x</a>',
            entity("text_link", 0, 1, url="https://a.ke/?x=1&y=2"),
        ),
        ("<a href='tg://user?id=7'>x</a>", entity("text_link", 0, 1, url="tg://user?id=7")),
        ("<a href=example.com>x</a>", entity("text_link", 0, 1, url="http://example.com/")),
        (
            '<tg-time unix="1795000000" format="wDt">x</tg-time>',
            entity("date_time", 0, 1, unix_time=1795000000, date_time_format="wDt"),
        ),
        ('<tg-time unix="5">x</tg-time>', entity("date_time", 0, 1, unix_time=5)),
        (
            '<tg-emoji emoji-id="53">x</tg-emoji>',
            entity("custom_emoji", 0, 1, custom_emoji_id="53"),
        ),
        (
            '<pre><code class="language-json">x</code></pre>',
            entity("pre", 0, 1, language="json"),
        ),
    ],
)
def test_tag_with_attributes_keeps_what_they_say(source, expected):
    assert parse_html(source) == ("x", [expected])


def test_offsets_count_utf16_units():
    text, entities = parse_html("💰é<b>💰</b>")

    assert (text, entities) == ("💰é💰", [entity("bold", 3, 2)])


def test_nested_tags_give_the_inner_entity_first():
    assert parse_html("<b>a<i>b</i></b>") == ("ab", [entity("italic", 1, 1), entity("bold", 0, 2)])


def test_four_named_and_all_numeric_references_are_resolved_and_no_others():
    assert parse_html("&lt;&gt;&amp;&quot;&#75;&#x4B; &nbsp; &copy; & &#0;")[0] == (
        '<>&"KK &nbsp; &copy; & &#0;'
    )


def test_link_to_nowhere_is_plain_text():
    assert parse_html('<a href="http://localhost/x">pay</a>') == ("pay", [])
    assert parse_html('<a href="javascript:alert(1)">pay</a>') == ("pay", [])


def test_empty_tag_is_no_entity():
    assert parse_html("<b></b>x") == ("x", [])


def test_end_tag_may_be_anonymous():
    assert parse_html("<b>x</>") == ("x", [entity("bold", 0, 1)])


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é<x>", 'Unsupported start tag "x" at byte offset 2'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', 'Unclosed start tag "a" at byte offset 0'),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>y</a>", "Unexpected end of name token at byte offset 8"),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        (
            "<b><i>x</b></i>",
            'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
        ),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<tg-time unix="soon">x</tg-time>', "Invalid date specified"),
        ('<tg-time unix="5" format="zz">x</tg-time>', "Invalid date format specified"),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_broken_html_is_refused_in_telegrams_words(source, reason):
    with pytest.raises(Refusal) as caught:
        parse_html(source)

    assert caught.value.description == f"Bad Request: can't parse entities: {reason}"
