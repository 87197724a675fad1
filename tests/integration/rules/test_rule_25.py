"""Rule 25: short, calm, no blame, no jargon; at most one emoji a line, never alone."""

import re

import pytest

from bot.words.texts import LANGUAGES
from tests import locale_tools

JARGON = re.compile(
    r"callback|ResultCode|checkout|webhook|timeout|exception|\bnull\b|payload|invalid|illegal|\bNaN\b",
    re.IGNORECASE,
)
BLAME = re.compile(r"\b(you failed|your fault|wrong input|error)\b", re.IGNORECASE)
EMOJI = re.compile("[\u2300-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff]")
LONGEST_SENTENCE = 45  # words


def said(language):
    """Every text of the bot in this language."""
    for message in locale_tools.read(language):
        if message.id:
            yield from locale_tools._forms(message.string)  # noqa: SLF001 - the tool's own reading


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_25_no_text_has_jargon_or_blames(language):
    found = [text for text in said(language) if JARGON.search(text) or BLAME.search(text)]

    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_25_a_line_has_one_emoji_at_most_and_never_that_alone(language):
    lines = [line for text in said(language) for line in text.split("\n")]

    assert [line for line in lines if len(EMOJI.findall(line)) > 1] == []
    alone = [line for line in lines if EMOJI.search(line) and not re.search(r"\w", line)]
    assert alone == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_25_sentences_are_short(language):
    sentences = [
        sentence
        for text in said(language)
        for sentence in re.split(r"[.!?:\n]", re.sub(r"<[^>]+>", "", text))
    ]

    assert [one for one in sentences if len(one.split()) > LONGEST_SENTENCE] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_rule_25_money_is_written_one_way(language):
    amounts = [text for text in said(language) if re.search(r"(?i)ksh|\bkes\b\d|/=", text)]

    assert [text for text in amounts if "1500/=" not in text] == []
