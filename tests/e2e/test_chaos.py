"""`make chaos` in small: it kills, it checks, and it tells what happened."""

import asyncio
import re
import sys

import pytest

from tests.chaos.programs import ROOT, clean_environment

KILLS = 6


@pytest.mark.timeout(600)  # It takes 50 s on an idle machine.
async def test_six_kills_under_load_charge_nobody_twice_and_lose_nothing():
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.chaos",
        f"--kills={KILLS}",
        "--seed=1",
        "--longest-s=3",
        "--settle-s=10",
        "--brief",
        cwd=ROOT,
        env=clean_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()

    assert process.returncode == 0, said
    assert _count("kills", said) == KILLS
    assert _count("prompts that rang", said) > 0
    assert _count("payments booked", said) > 0
    assert "No double charge, no lost callback, no lost notice." in said


def _count(what, said):
    return int(re.search(rf"^  {what} +(\d+)$", said, re.MULTILINE)[1])
