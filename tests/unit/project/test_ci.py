"""The script that CI calls: every part has its say, and pytest the last word."""

import os
import shutil
import subprocess

import pytest

CLOSING = "==== 4600 passed in 301.07s (0:05:01) ===="
PARTS = [
    "test",
    "databases",
    "simulate SEEDS=100 DAYS=30",
    "simulate-postgres SEEDS=10 DAYS=30",
]
MAKE = f"""#!/usr/bin/env bash
echo "$*" >> made.txt
if [[ $1 == test ]]; then echo "{CLOSING}"; else echo "the totals of $1"; fi
if [[ $1 == "$FAILING" ]]; then echo "make: *** Error 1" >&2; exit 2; fi
"""


@pytest.fixture
def ci(root, tmp_path):
    """Run the script with a `make` that only says what it is asked for."""
    folder, tools = tmp_path / ".ci", tmp_path / "tools"
    folder.mkdir()
    tools.mkdir()
    shutil.copy(root / ".ci" / "run", folder / "run")
    for name, text in {"make": MAKE, "chromium": "#!/bin/sh\n"}.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)

    def run(failing=""):
        path = f"{tools}:{os.environ['PATH']}"
        done = subprocess.run(  # noqa: S603 - our own script
            [folder / "run"],
            env={**os.environ, "PATH": path, "FAILING": failing},
            capture_output=True,
            text=True,
            check=False,
        )
        made = (tmp_path / "made.txt").read_text().splitlines()
        return done.returncode, done.stdout.splitlines(), done.stderr, made

    return run


def test_ci_makes_every_part_and_ends_with_the_closing_line_of_pytest(ci):
    status, said, complaints, made = ci()

    assert (status, complaints, made) == (0, "", PARTS)
    assert said[-1] == CLOSING
    assert "the totals of simulate-postgres" in said


@pytest.mark.parametrize("number", range(len(PARTS)))
def test_a_part_that_fails_is_named_fails_ci_and_leaves_the_last_word_to_pytest(ci, number):
    status, said, complaints, made = ci(failing=PARTS[number].split()[0])

    assert status == 1
    assert made == PARTS[: number + 1]
    assert said[-1] == CLOSING
    assert complaints.endswith(f"ci: failed: make {PARTS[number]}\n")


def test_ci_lets_no_test_be_left_out_and_no_part_run_for_ever(files):
    script = files[".ci/run"]

    assert "export CI=true" in script
    assert "timeout --kill-after" in script
