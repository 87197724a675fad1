"""Keep locale/ in step with the texts in bot/: `python -m tests.locale_tools`.

English is its own msgid. What Swahili lacks, and what differs from the English in ways that would
break a message, is listed, and the program then ends with 1.
"""

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import chain
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.words.texts import DOMAIN, LANGUAGES, catalogue_path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "bot"

LONGEST_BUTTON = 24  # More is cut on a small phone when two buttons share a row.
LONGEST_TOAST = 200  # The Bot API's limit for an answer to a press.
LONGEST_COMMAND = 256  # The Bot API's limit for what a command menu says of a command.

_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_TAG = re.compile(r"</?[a-z][a-z-]*")
_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""

Id = str | tuple[str, str]


def main() -> int:
    """Bring both files up to date; return 1 while something is missing or wrong in one."""
    found = []
    for language in LANGUAGES:
        update(language)
        found += [f"{language}: {fault}" for fault in faults(language)]
    for fault in found:
        print(fault)  # noqa: T201 - this is a command
    return 1 if found else 0


def extract(source: Path = SOURCE) -> Catalog:
    """Return every text in the source, with what each is used as for its comment."""
    catalogue = Catalog(domain=DOMAIN, charset="utf-8", fuzzy=False)
    uses = _uses(source)
    found = extract_from_dir(source, [("**.py", "python")], keywords=_KEYWORDS)
    for file, _line, msgid, _comments, _context in found:
        place = (f"{source.name}/{Path(file).as_posix()}", None)
        uses_of_it = sorted(uses.get(_one(msgid), ()))
        catalogue.add(_id(msgid), locations=[place], auto_comments=uses_of_it)
    return catalogue


def update(language: str) -> None:
    """Write the language's file anew: the source's texts, with the translations it had."""
    before = read(language)
    after = Catalog(locale=language, domain=DOMAIN, charset="utf-8", fuzzy=False)
    for text in _texts(extract()):
        kept = before.get(text.id)
        after.add(
            text.id,
            text.id if language == "en" else kept.string if kept else None,
            locations=sorted(set(text.locations)),
            auto_comments=sorted(set(text.auto_comments)),
            user_comments=kept.user_comments if kept else (),
            flags={"fuzzy"} if kept and kept.fuzzy else set(),
        )
    catalogue_path(language).write_text(_written(after, language), encoding="utf-8")


def read(language: str) -> Catalog:
    """Return a language's file as it lies in the repository."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def faults(language: str) -> list[str]:
    """Return what is wrong with a language's file, a line each."""
    return compare(extract(), read(language))


def compare(source: Catalog, translated: Catalog) -> list[str]:
    """Return what is missing or wrong in `translated`, which should say all of `source`."""
    said = {_one(text.id): text for text in _texts(translated)}
    wanted = {_one(text.id): text for text in _texts(source)}
    gone = [f"obsolete: {msgid!r}" for msgid in said if msgid not in wanted]
    return gone + [
        f"{fault}: {msgid!r}"
        for msgid, text in wanted.items()
        for fault in _faults_of(text, said.get(msgid))
    ]


def _faults_of(text: Message, translated: Message | None) -> Iterator[str]:
    if translated is None:
        yield "missing"
        return
    if translated.fuzzy:
        yield "fuzzy"
    originals, forms = _forms(text.id), _forms(translated.string)
    if len(forms) != len(originals) or not all(forms):
        yield "empty"
        return
    for original, form in zip(originals, forms, strict=True):
        yield from _differences(original, form)
        yield from _too_long(form, text.auto_comments)


def _differences(original: str, form: str) -> Iterator[str]:
    if _placeholders(original) != _placeholders(form):
        yield "placeholders differ"
    if sorted(_TAG.findall(original)) != sorted(_TAG.findall(form)):
        yield "tags differ"


def _too_long(form: str, uses: list[str]) -> Iterator[str]:
    if "button" in uses and len(form) > LONGEST_BUTTON:
        yield f"longer than {LONGEST_BUTTON} for a button"
    if "toast" in uses and len(form) > LONGEST_TOAST:
        yield f"longer than {LONGEST_TOAST} for a toast"
    if "command" in uses and len(form) > LONGEST_COMMAND:
        yield f"longer than {LONGEST_COMMAND} for a command"


def _placeholders(text: str) -> list[str]:
    try:
        return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)
    except ValueError:
        return ["a brace that is never closed"]


def _uses(source: Path) -> dict[str, set[str]]:
    """Return what each text is used as, where the source shows that it is a button or a toast.

    Where no call shows it, a comment `# button` or `# toast` on the text's own line says it.
    """
    uses: dict[str, set[str]] = {}
    for file in source.rglob("*.py"):
        code = file.read_text(encoding="utf-8")
        for use, msgid in chain(_shown_by_calls(code), _said_by_comments(code)):
            uses.setdefault(msgid, set()).add(use)
    return uses


def _said_by_comments(code: str) -> Iterator[tuple[str, str]]:
    lines = code.splitlines()
    for call in _calls(code):
        end = lines[(call.end_lineno or call.lineno) - 1]
        for use in ("button", "toast"):
            if end.endswith(f"# {use}"):
                yield from ((use, msgid) for msgid in _msgids(call))


def _shown_by_calls(code: str) -> Iterator[tuple[str, str]]:
    for call in _calls(code):
        called = _name(call.func).lower()
        arguments = {str(number): value for number, value in enumerate(call.args)}
        arguments |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        for name, value in arguments.items():
            if called.endswith("button") or (called == "choice" and name == "label"):
                yield from (("button", msgid) for msgid in _msgids(value))
            elif called == "botcommand":
                yield from (("command", msgid) for msgid in _msgids(value))
            elif name == "toast" or called in {"toast", "answer"}:
                yield from (("toast", msgid) for msgid in _msgids(value))


def _calls(code: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))


def _msgids(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        is_text = isinstance(call, ast.Call) and _name(call.func) in _KEYWORDS
        if is_text and call.args and isinstance(call.args[0], ast.Constant):
            yield str(call.args[0].value)


def _name(function: ast.AST) -> str:
    match function:
        case ast.Name():
            return function.id
        case ast.Attribute():
            return function.attr
        case _:
            return ""


def _texts(catalogue: Catalog) -> list[Message]:
    return [text for text in catalogue if text.id]


def _id(msgid: str | tuple[str, ...]) -> Id:
    return (msgid[0], msgid[1]) if isinstance(msgid, tuple) else msgid


def _one(msgid: str | tuple[str, ...]) -> str:
    return msgid[0] if isinstance(msgid, tuple | list) else msgid


def _forms(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(said) if isinstance(said, tuple | list) else (said,)


def _written(catalogue: Catalog, language: str) -> str:
    body = BytesIO()
    # Line numbers would change with every edit of the source and hide what really changed.
    write_po(body, catalogue, omit_header=True, include_lineno=False, sort_output=True, width=99)
    return _HEADER.format(language=language) + body.getvalue().decode().strip() + "\n"


if __name__ == "__main__":
    sys.exit(main())
