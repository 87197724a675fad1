"""Scenario files: YAML in, a `Story` out, or the line and the reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from fluxpay.play.story import Story
from sandbox.control.play import Title

SHIPPED = Path(__file__).parents[2] / "sandbox" / "scenarios"

_Location = Sequence[int | str]


class ScenarioInvalid(Exception):
    """The file is no scenario; `faults` says where and why, a line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario with the file that it stands in."""

    path: Path
    story: Story
    root: yaml.Node

    def place(self, *location: int | str) -> str:
        """Return e.g. `first-bill.yaml:12` for a part of the file."""
        return f"{self.path.name}:{_line(self.root, location)}"


def read_script(path: Path) -> Script:
    """Read a file.

    Raises:
        ScenarioInvalid: It is not there, no YAML, or no scenario.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root, data = yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioInvalid([f"{path}: cannot be read: {error}"]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioInvalid([f"{path}:{line}: is no YAML: {error.problem}"]) from error
    if root is None or not isinstance(data, dict):
        raise ScenarioInvalid([f"{path}:1: is no scenario: it must begin with `title:`"])
    try:
        return Script(path, Story.model_validate(data), root)
    except ValidationError as error:
        raise ScenarioInvalid(_faults(path, root, error)) from error


@cache
def shipped_titles() -> tuple[Title, ...]:
    """Return what ships with the sandbox, by file name; it is read once."""
    scripts = [read_script(path) for path in sorted(SHIPPED.glob("*.yaml"))]
    return tuple(
        Title(script.path.stem, script.story.title, script.story.description.strip())
        for script in scripts
    )


def _faults(path: Path, root: yaml.Node, error: ValidationError) -> list[str]:
    faults = []
    for each in error.errors(include_input=False, include_url=False):
        where = [step for step in each["loc"] if step != "[key]"]
        name = ".".join(str(step) for step in where)
        reason = each["msg"].removeprefix("Value error, ")
        faults.append(f"{path}:{_line(root, where)}: {f'{name}: ' if name else ''}{reason}")
    return faults


def _line(root: yaml.Node, location: _Location) -> int:
    """Return the line of a part, or of the nearest one around it that the file has."""
    node, line = root, root.start_mark.line
    for step in location:
        found = _child(node, step)
        if found is None:
            break
        node, line = found
    return line + 1


def _child(node: yaml.Node, step: int | str) -> tuple[yaml.Node, int] | None:
    """Return a part's value and the line on which its key stands."""
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line
    return None
