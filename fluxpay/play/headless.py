"""`scenario`: a world and a program of their own, a scenario played in them, and what came out."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.database import migrate
from core.settings import Settings
from fluxpay.demo import own_sandbox
from fluxpay.play.player import Player, Report
from fluxpay.play.reading import Script, read_script
from fluxpay.play.stage import Stage, open_stage
from fluxpay.program import address_of, listening, whole_program
from sandbox.control.play import PlayFailed

if TYPE_CHECKING:
    from sandbox.server import Sandbox

BEGINS_AT = datetime(2026, 1, 1, 15, 0, tzinfo=UTC)
"""Six in the evening in Nairobi: a play goes the same way whenever it is played."""


DATABASE = "play.db"
"""A play's database, in its folder."""


class ScenarioFailed(Exception):
    """A scenario went otherwise than it says."""


@asynccontextmanager
async def own_stage(folder: Path) -> AsyncIterator[Stage]:
    """Run the whole program, with a sandbox of its own and a database in this folder.

    Its timetable does not tick: whoever moves the clock has the jobs run.
    """
    # No environment and no `.env` has a say: a play is the same everywhere.
    settings = Settings.model_construct(
        database_url=f"sqlite://{folder / DATABASE}", port=0, sandbox_port=0
    )
    with listening(settings) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        async with (
            own_sandbox(settings, begins_at=BEGINS_AT) as place,
            whole_program(place, listener) as program,
        ):
            # An own sandbox is always there.
            world = cast("Sandbox", place.sandbox).world
            async with (
                open_stage(world, program, server=address_of(listener)) as stage,
                stage.alone(),
            ):
                yield stage


async def play_files(paths: Sequence[Path]) -> None:
    """Play each file in a world of its own, and print how it went.

    Raises:
        ScenarioInvalid: One of them is no scenario; then none is played.
        ScenarioFailed: One of them went otherwise than it says.
    """
    scripts = [read_script(path) for path in paths]
    have_failed = False
    with tempfile.TemporaryDirectory(prefix="fluxpay-play-") as root:
        empty = Path(root) / "empty.db"
        await migrate(f"sqlite://{empty}")  # Once: each play begins with a copy.
        for script in scripts:
            with tempfile.TemporaryDirectory(dir=root) as folder:
                shutil.copy(empty, Path(folder) / DATABASE)
                report = await play_alone(script, Path(folder))
            print(report, flush=True)
            have_failed = have_failed or bool(report.failures)
    if have_failed:
        raise ScenarioFailed


async def play_alone(script: Script, folder: Path) -> Report:
    """Play a scenario in a world of its own, with its database in this folder."""
    async with own_stage(folder) as stage:
        player = Player(stage, script)
        try:
            return await player.play()
        except PlayFailed as failure:
            player.report.failures.append(f"{script.path.name}: {failure}")
            return player.report
