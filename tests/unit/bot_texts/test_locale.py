import pytest
from babel.messages.catalog import Catalog

from bot.words.texts import LANGUAGES, catalogue_path
from tests import locale_tools


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_bot_is_translated_faithfully(language):
    assert locale_tools.faults(language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_lies_there_as_the_tool_writes_it(language):
    written = catalogue_path(language).read_text(encoding="utf-8")

    assert "#~" not in written
    assert "Generated-By" not in written
    assert "POT-Creation-Date" not in written


def test_english_says_what_the_source_says():
    for text in locale_tools.read("en"):
        if text.id:
            assert text.string == text.id


def catalogue(text, translation=None, *, use=None, is_fuzzy=False):
    made = Catalog()
    flags = {"fuzzy"} if is_fuzzy else set()
    made.add(text, translation, auto_comments=[use] if use else [], flags=flags)
    return made


def faults(text, translation, *, use=None, is_fuzzy=False):
    return [
        fault.split(":")[0]
        for fault in locale_tools.compare(
            catalogue(text, use=use), catalogue(text, translation, is_fuzzy=is_fuzzy)
        )
    ]


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("Pay {amount}", "Lipa", "placeholders differ"),
        ("Pay {amount}", "Lipa {kiasi}", "placeholders differ"),
        ("Pay {amount}", "Lipa {amount", "placeholders differ"),
        ("<b>Pay</b>", "<i>Lipa</i>", "tags differ"),
        ("<b>Pay</b>", "<b>Lipa", "tags differ"),
        ("Pay", "", "empty"),
        (("{n} bill", "{n} bills"), ("bili {n}", ""), "empty"),
        (("{n} bill", "{n} bills"), ("bili {n}", "bili"), "placeholders differ"),
    ],
)
def test_an_unfaithful_translation_is_found(text, translation, fault):
    assert faults(text, translation) == [fault]


def test_a_faithful_translation_has_no_fault():
    assert faults("<b>Pay</b> {amount}", "<b>Lipa</b> {amount}", use="button") == []


def test_a_fuzzy_translation_is_found():
    assert faults("Pay", "Lipa", is_fuzzy=True) == ["fuzzy"]


def test_a_button_has_24_characters_at_most():
    assert faults("Pay", "L" * 24, use="button") == []
    assert faults("Pay", "L" * 25, use="button") == ["longer than 24 for a button"]


def test_a_toast_has_200_characters_at_most():
    assert faults("Pay", "L" * 200, use="toast") == []
    assert faults("Pay", "L" * 201, use="toast") == ["longer than 200 for a toast"]


def test_a_commands_description_has_256_characters_at_most():
    assert faults("Pay", "L" * 256, use="command") == []
    assert faults("Pay", "L" * 257, use="command") == ["longer than 256 for a command"]


def test_a_missing_and_an_obsolete_text_are_found():
    found = locale_tools.compare(catalogue("Pay"), catalogue("Gone", "Imeondoka"))

    assert sorted(found) == ["missing: 'Pay'", "obsolete: 'Gone'"]


def test_the_source_tells_buttons_and_toasts_from_other_texts(tmp_path):
    (tmp_path / "screen.py").write_text(
        """
def screen(_, button, Screen, Choice, BotCommand):
    menu = BotCommand("menu", _("See all"))
    choice = Choice(label=_("Weekly"), value=1)
    late = _("Too late")  # toast
    return Screen(text=_("Hello"), toast=_("Saved"), rows=[[button(_("Back"), "v1:home")]])
""",
        encoding="utf-8",
    )

    uses = {text.id: text.auto_comments for text in locale_tools.extract(tmp_path) if text.id}

    assert uses == {
        "See all": ["command"],
        "Weekly": ["button"],
        "Too late": ["toast"],
        "Hello": [],
        "Saved": ["toast"],
        "Back": ["button"],
    }
