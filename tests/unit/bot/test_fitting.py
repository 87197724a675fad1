import pytest

from bot.looks.fitting import LONGEST_CAPTION, LONGEST_TEXT, fitted, length


def test_a_text_that_fits_stays_as_it_is():
    text = "<b>Gym</b>\n" + "x" * (LONGEST_TEXT - 4)

    assert fitted(text) == text


def test_markup_does_not_count_and_an_emoji_counts_twice():
    assert length('<b>a&amp;b</b> <a href="https://example.com">x</a>') == len("a&b x")
    assert length("🦒") == 2


@pytest.mark.parametrize("limit", [LONGEST_TEXT, LONGEST_CAPTION])
def test_a_long_text_is_cut_at_a_line_and_says_so(limit):
    text = "\n".join(f"<b>{number}</b> {'🦒' * 20}" for number in range(1000))

    cut = fitted(text, limit)

    assert length(cut) <= limit
    assert cut.endswith("\n…")
    assert cut.count("<b>") == cut.count("</b>")


def test_tags_that_the_cut_leaves_open_are_closed():
    cut = fitted("<blockquote>" + "\n".join(["x" * 100] * 100) + "</blockquote>")

    assert cut.endswith("</blockquote>\n…")
    assert length(cut) <= LONGEST_TEXT


def test_one_endless_line_is_cut_as_plain_text():
    cut = fitted("<b>" + "&lt;" * 9000 + "</b>")

    assert length(cut) <= LONGEST_TEXT
    assert "<b>" not in cut
    assert cut.startswith("&lt;")
