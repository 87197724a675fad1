"""What holds for the repository as a whole, and no single tool checks."""

import ast
import io
import re
import tokenize

import pytest

from fluxpay.cli import main

_PRODUCT = ("fluxpay/", "bot/", "core/", "webhook/", "sandbox/")
_LOCK_FILES = (
    "requirements.lock",
    "requirements-dev.lock",
    "tests/e2e/foreign/requirements.lock",
)
_MOST_LINES_OF_A_FUNCTION = 60
_MOST_LINES_OF_A_MODULE = 400

_PROCESS = re.compile(
    r"^(?P<name>[a-z]+): (?:env (?:[A-Z_]+=\S+ )+)?python -m fluxpay (?P<command>[a-z-]+)$"
)
_INDEX_HOST = re.compile(
    r"\b(?:pypi|pypi-mirror|pythonhosted|npmjs|npm\.pkg|conda\.anaconda|anaconda)[.](?:org|com|io)"
    r"|\b(?:artifactory|nexus|devpi|index-url|find-links)\s*[:=]",
    re.IGNORECASE,
)
_PINNED = re.compile(r"[\w.\[\]-]+==\S+.*--hash=sha256:[0-9a-f]{64}", re.DOTALL)
_SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pragma:\s*no cover|fmt:|ruff:)")
_REASONED = re.compile(
    r"# (?:noqa: [A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)* - \w.*"
    r"|type: ignore\[[a-z-]+(?:, [a-z-]+)*\]  ?# \w.*"
    r"|(?:fmt: skip|pragma: no cover) - \w.*)"
)


@pytest.fixture
def product(sources):
    return {path: text for path, text in sources.items() if path.startswith(_PRODUCT)}


# --- processes ----------------------------------------------------------------------------------


def test_every_process_of_the_procfile_is_a_command_of_ours(files, capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = capsys.readouterr().out

    lines = files["Procfile"].splitlines()
    processes = [_PROCESS.match(line) for line in lines]

    assert None not in processes, lines
    assert [process["name"] for process in processes] == ["release", "web", "worker", "bot"]
    for process in processes:
        assert re.search(rf"^    {process['command']} ", listed, re.MULTILINE), process["command"]


def test_the_commit_hooks_fetch_nothing(files):
    hooks = files[".pre-commit-config.yaml"]

    assert re.findall(r"repo: (.+)", hooks) == ["local"]
    assert set(re.findall(r"language: (.+)", hooks)) == {"system"}
    assert all(entry.startswith(".venv/bin/") for entry in re.findall(r"entry: (.+)", hooks))


# --- what is installed --------------------------------------------------------------------------


def _unpinned(lock):
    """Return each entry that has no exact version or no hash."""
    without_comments = re.sub(r"^\s*#.*\n?", "", lock, flags=re.MULTILINE)
    for entry in re.split(r"\n(?=\S)", without_comments.strip()):
        if not _PINNED.match(entry):
            yield entry.splitlines()[0]


@pytest.mark.parametrize("name", _LOCK_FILES)
def test_everything_that_is_installed_is_pinned_with_hashes(files, name):
    assert "--hash=" in files[name]
    assert list(_unpinned(files[name])) == []


@pytest.mark.parametrize(
    "entry", ["yarl==1.23\n", "yarl>=1 \\\n    --hash=sha256:" + "0" * 64, "-e .\n"]
)
def test_a_requirement_without_version_or_hash_is_found(entry):
    good = "attrs==26.1 \\\n    --hash=sha256:" + "a" * 64 + "\n    # via aiohttp\n"

    assert list(_unpinned(good)) == []
    assert list(_unpinned(good + entry)) == [entry.splitlines()[0]]


@pytest.mark.parametrize("name", _LOCK_FILES)
def test_a_lock_file_names_no_host_and_no_option(files, name):
    assert "://" not in files[name]
    assert not re.search(r"^\s*-", files[name].replace("    --hash=", ""), re.MULTILINE)
    assert " @ " not in files[name]


def test_no_file_names_the_host_of_a_package_index(files):
    named = {
        (path, found[0])
        for path, text in files.items()
        if (found := _INDEX_HOST.search(text)) is not None
    }

    assert named == set()


@pytest.mark.parametrize("host", ["pypi", "files.pythonhosted", "registry.npmjs"])
def test_the_host_of_a_package_index_is_found(host):
    assert _INDEX_HOST.search(f"https://{host}.org/simple")


# --- the shape of the code ----------------------------------------------------------------------


def test_the_folder_locale_is_no_package(root):
    # It would shadow the standard library's module of that name.
    assert (root / "locale").is_dir()
    assert list((root / "locale").rglob("__init__.py")) == []


def _long_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > _MOST_LINES_OF_A_FUNCTION:
                yield node.name, lines


def test_no_function_is_longer_than_a_screen(product):
    long = {(path, *found) for path, text in product.items() for found in _long_functions(text)}

    assert len(product) > 100
    assert long == set()


def test_a_long_function_is_found():
    line = "    pass\n"

    assert list(_long_functions("async def f():\n" + 60 * line)) == [("f", 61)]
    assert list(_long_functions("def f():\n" + 59 * line)) == []


def test_no_module_is_too_long_to_read(product):
    lengths = {path: len(text.splitlines()) for path, text in product.items()}

    assert {path: n for path, n in lengths.items() if n > _MOST_LINES_OF_A_MODULE} == {}


def _reasonless(text):
    """Return the comments that suppress a finding and do not say why."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and _is_silent(token.string):
            yield token.start[0], token.string


def _is_silent(comment):
    return bool(_SUPPRESSION.search(comment)) and not _REASONED.search(comment)


def test_every_suppressed_finding_says_why(sources):
    silent = {(path, *found) for path, text in sources.items() for found in _reasonless(text)}

    assert silent == set()


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa",
        "x = 1  # noqa: S105",
        "x = 1  # noqa: S105 -",
        "x = 1  # type: ignore",
        "x = 1  # type: ignore[arg-type]",
        "x = 1  # fmt: off",
        "x = 1  # fmt: skip",
        "# ruff: noqa: S105 - all of it",
    ],
)
def test_a_suppression_without_a_reason_is_found(line):
    assert list(_reasonless(line + "\n"))


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa: S105 - a play token",
        "x = 1  # noqa: S105, S106 - play tokens",
        "x = 1  # type: ignore[arg-type]  # names are fields",
        "x = 1  # fmt: skip - a table",
        "x = '# noqa'",
        "x = 1  # a comment",
    ],
)
def test_a_suppression_with_its_reason_is_fine(line):
    assert list(_reasonless(line + "\n")) == []
