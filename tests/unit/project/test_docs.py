"""The words agree with the code."""

import re
from datetime import time
from itertools import pairwise
from types import NoneType
from zoneinfo import ZoneInfo

import pytest

from core.setting_values import Hours
from core.settings import Settings
from fluxpay.cli import main

_ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)` \| (?:`(?P<default>[^`]*)`)? *\|", re.MULTILINE)
_VARIABLE = re.compile(r"^(?P<name>[A-Z_]+)=(?P<default>.*)$", re.MULTILINE)
_COMMAND = re.compile(r"^    (?P<name>[a-z-]+)(?: |$)", re.MULTILINE)
_CALL = re.compile(r"python -m fluxpay ([a-z][a-z-]*)")
_REFERENCE = re.compile(r'docs/(?P<page>[\w/-]+\.md)(?:,[\s#]*"(?P<section>[^"]+)")?')
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (?P<title>.+)$", re.MULTILINE)
_ENTRY = re.compile(r"^- \*\*(?P<word>[^*]+)\*\*: .+ \*Not: (?P<others>.+)\.\*$", re.MULTILINE)
_BULLET = re.compile(r"^- .*$", re.MULTILINE)
_SENTENCE_END = re.compile(r"[.!?] +[A-Z]")

_STATUS = re.compile(
    r"^- \*\*Status\*\*: (?:accepted|superseded by \[\d{4}\]\(\S+\))$", re.MULTILINE
)
_DATE = re.compile(r"^- \*\*Date\*\*: \d{4}-\d{2}-\d{2}$", re.MULTILINE)

_GROUPS = ["Security", "Removed", "Deprecated", "Added", "Changed", "Fixed"]
_ADR_PARTS = ["Context", "Decision", "Consequences", "Alternatives"]


_WRITTEN = {
    NoneType: lambda _: "",
    bool: lambda value: str(value).lower(),
    ZoneInfo: lambda zone: zone.key,
    Hours: lambda hours: f"{_clock(hours.start_minute)}-{_clock(hours.end_minute)}",
    time: lambda moment: f"{moment:%H:%M}",
    frozenset: lambda ids: ",".join(map(str, ids)),
}


def _as_written(default):
    return _WRITTEN.get(type(default), str)(default)


def _clock(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


@pytest.fixture
def defaults():
    fields = Settings.model_fields.items()
    return {name.upper(): _as_written(field.default) for name, field in fields}


@pytest.fixture
def commands(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    return set(_COMMAND.findall(capsys.readouterr().out))


@pytest.fixture
def pages(files):
    return {path: text for path, text in files.items() if path.endswith(".md")}


# --- settings -----------------------------------------------------------------------------------


def test_the_readme_lists_every_setting_with_its_default(files, defaults):
    rows = {row["name"]: row["default"] or "" for row in _ROW.finditer(files["README.md"])}

    assert rows == defaults


def test_the_example_file_lists_every_setting_with_its_default(files, defaults):
    lines = _VARIABLE.finditer(files[".env.example"])

    assert {line["name"]: line["default"] for line in lines} == defaults


def test_the_example_file_as_it_stands_changes_nothing(root, monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    assert Settings(_env_file=root / ".env.example") == Settings(_env_file=None)


# --- commands -----------------------------------------------------------------------------------


def test_the_readme_lists_every_command(files, commands):
    assert {"run", "sandbox"} <= commands
    assert set(_CALL.findall(files["README.md"])) == commands


def test_no_page_speaks_of_a_command_that_does_not_exist(pages, commands):
    spoken_of = {(path, name) for path, text in pages.items() for name in _CALL.findall(text)}

    assert {name for _, name in spoken_of} <= commands, spoken_of


def test_the_readme_calls_no_make_target_that_does_not_exist(files):
    targets = set(re.findall(r"^([a-z0-9-]+):", files["Makefile"], re.MULTILINE))
    text = files["README.md"] + files["CONTRIBUTING.md"] + files["docs/sandbox.md"]
    called = set(re.findall(r"(?:^|`)make ([a-z][a-z0-9-]*)", text, re.MULTILINE))

    assert {"run", "test"} <= called <= targets


# --- references ---------------------------------------------------------------------------------


def _titles(text):
    return {heading["title"] for heading in _HEADING.finditer(_FENCED.sub("", text))}


def _dangling(sources, pages):
    """Return each reference of a comment to a page or a section that is not there."""
    for path, text in sources.items():
        for found in _REFERENCE.finditer(text):
            page = pages.get(f"docs/{found['page']}")
            section = found["section"]
            if page is None or (section is not None and section not in _titles(page)):
                yield path, found["page"], section


def test_every_page_and_section_that_a_comment_names_exists(sources, pages):
    ours = {path: text for path, text in sources.items() if not path.startswith("tests/unit/proj")}

    assert list(_dangling(ours, pages)) == []


@pytest.mark.parametrize(
    "comment",
    ["# docs/lost.md", '# (docs/found.md, "Lost").', '# (docs/found.md,\n    # "Lost").'],
)
def test_a_comment_that_names_what_is_not_there_is_found(comment):
    assert list(_dangling({"a.py": comment}, {"docs/found.md": "# Found\n"}))


def test_a_comment_that_names_what_is_there_is_not_complained_about():
    comment = '# docs/found.md, and (docs/found.md, "Found").'

    assert list(_dangling({"a.py": comment}, {"docs/found.md": "# Found\n"})) == []


def _slug(title):
    """Return a heading's anchor as the forges make it."""
    bare = re.sub(r"[^\w\s-]", "", title.lower())
    return bare.strip().replace(" ", "-")


def _broken_links(root, pages):
    for path, text in pages.items():
        for link in _LINK.finditer(_FENCED.sub("", text)):
            target = link["target"]
            if not target.startswith(("http://", "https://")) and not _leads(root, path, target):
                yield path, target


def _leads(root, path, target):
    place, _, anchor = target.partition("#")
    file = (root / path).parent / place if place else root / path
    if not anchor:
        return file.exists()
    return file.is_file() and anchor in map(_slug, _titles(file.read_text(encoding="utf-8")))


def test_every_relative_link_leads_somewhere(root, pages):
    assert list(_broken_links(root, pages)) == []


@pytest.mark.parametrize(("target", "leads"), [("b.md", True), ("b.md#a-b", True), ("b.md#c", 0)])
def test_a_link_is_followed_to_its_file_and_heading(tmp_path, target, leads):
    (tmp_path / "b.md").write_text("# A, b\n", encoding="utf-8")

    broken = list(_broken_links(tmp_path, {"a.md": f"[b]({target})"}))

    assert broken == ([] if leads else [("a.md", target)])


def test_every_page_is_linked_from_the_readme_or_the_architecture(pages):
    linked = set(_LINK.findall(pages["README.md"]))
    linked |= {f"docs/{target}" for target in _LINK.findall(pages["docs/architecture.md"])}
    own = {"README.md"}

    assert set(pages) - linked - own == set()


# --- glossary -----------------------------------------------------------------------------------


def _entries(text):
    """Return each word of the glossary with the words that are not used for it."""
    return [(entry["word"], entry["others"].split(", ")) for entry in _ENTRY.finditer(text)]


def _doubles(entries):
    """Return what stands for two things: an entry twice, or one that another entry forbids."""
    words = [word.lower() for word, _ in entries]
    for word, others in entries:
        if words.count(word.lower()) > 1:
            yield word
        for other in others:
            if other.lower() == word.lower():
                yield other


def test_every_line_of_the_glossary_is_an_entry(pages):
    text = pages["docs/glossary.md"]

    assert len(_ENTRY.findall(text)) == len(_BULLET.findall(text)) > 20


def test_the_glossary_has_one_entry_for_each_thing(pages):
    assert list(_doubles(_entries(pages["docs/glossary.md"]))) == []


def test_a_word_that_stands_twice_is_found():
    entries = [("client", ["payer"]), ("Client", ["customer"]), ("owner", ["owner"])]

    assert list(_doubles(entries)) == ["client", "Client", "owner"]


def test_no_word_is_forbidden_for_two_things(pages):
    forbidden = [other for _, others in _entries(pages["docs/glossary.md"]) for other in others]

    assert sorted(forbidden) == sorted(set(forbidden))


def test_the_glossary_is_in_order(pages):
    words = [word.lower() for word, _ in _entries(pages["docs/glossary.md"])]

    assert words == sorted(words)


# --- changelog ----------------------------------------------------------------------------------


def _changelog_faults(text):
    sections = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    titles = [section.partition("\n")[0] for section in sections]
    if not titles or titles[0] != "[Unreleased]":
        yield "begins with what is unreleased"
    for title in titles[1:]:
        if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", title):
            yield f"a version and its date: {title}"
    for section in sections:
        yield from _section_faults(section)


def _section_faults(section):
    groups = re.findall(r"^### (.+)$", section, re.MULTILINE)
    if groups != [group for group in _GROUPS if group in groups]:
        yield f"groups in their order, once each: {groups}"
    for line in section.splitlines()[1:]:
        if line and not line.startswith(("### ", "- ")):
            yield f"one line for each entry: {line}"
        if line.startswith("- ") and (not line.endswith(".") or _SENTENCE_END.search(line)):
            yield f"one sentence for each entry: {line}"


def test_the_changelog_keeps_its_form(pages):
    assert pages["CHANGELOG.md"].startswith("# Changelog\n")
    assert list(_changelog_faults(pages["CHANGELOG.md"])) == []


@pytest.mark.parametrize(
    "text",
    [
        "## [1.0.0] - 2026-11-23\n",
        "## [Unreleased]\n\n## [1.0] - 2026-11-23\n",
        "## [Unreleased]\n\n### Fixed\n\n### Added\n",
        "## [Unreleased]\n\n### Improved\n",
        "## [Unreleased]\n\n### Added\n\n- A thing. And another.\n",
        "## [Unreleased]\n\n### Added\n\n- A thing\n",
        "## [Unreleased]\n\n### Added\n\n- A thing that\n  goes on.\n",
    ],
)
def test_a_changelog_of_another_form_is_found(text):
    assert list(_changelog_faults(text))


# --- decisions ----------------------------------------------------------------------------------


@pytest.fixture
def decisions(pages):
    return {path: text for path, text in sorted(pages.items()) if path.startswith("docs/adr/")}


def test_decisions_are_numbered_without_a_gap(decisions):
    numbers = [int(path.removeprefix("docs/adr/")[:4]) for path in decisions]

    assert numbers[0] == 1
    assert all(after == before + 1 for before, after in pairwise(numbers))


def test_every_decision_fits_on_a_screen_and_has_its_parts(decisions):
    for path, text in decisions.items():
        number = path.removeprefix("docs/adr/")[:4]
        assert text.startswith(f"# {number}. "), path
        assert _STATUS.search(text), path
        assert _DATE.search(text), path
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == _ADR_PARTS, path
        assert len(text.splitlines()) <= 50, path
