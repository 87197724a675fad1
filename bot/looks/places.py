"""Where a person is in the bot, and how he came there: all of it travels in the buttons.

A place is a screen with its arguments, `sub:12` or `subs:ACTIVE:2`. A button holds the version,
the place it leads to, and the trail of places behind that one, nearest first:

    v1:txn:5~sub:12~subs:ALL:2

Nothing is kept in memory, so a button works after a restart, too. Telegram allows 64 bytes: what
does not fit is the oldest part of the trail, and Back then ends at home sooner. A button of a
notice has no `~` at all, and its screen opens below the notice instead of replacing it.
"""

from dataclasses import dataclass

VERSION = "v1"
HOME = "home"

# The Bot API's limit for callback_data, in bytes.
_MAX_BYTES = 64


@dataclass(frozen=True, slots=True)
class Where:
    """A place and the trail behind it, nearest first."""

    here: str = HOME
    trail: tuple[str, ...] = ()
    from_notice: bool = False
    """The button stood under a notice, which must stay as it is."""

    @property
    def name(self) -> str:
        """Which screen it is."""
        return self.here.split(":")[0]

    @property
    def arguments(self) -> list[str]:
        """What the screen was given, as text."""
        return self.here.split(":")[1:]

    def to(self, *parts: str | int) -> str:
        """Return the data of a button that leads deeper: Back returns here."""
        place = _join(parts)
        steps = (self.here, *self.trail)
        # Whoever walks in a circle does not want to walk it back as well.
        return _pack(place, steps[steps.index(place) + 1 :] if place in steps else steps)

    def stay(self, *parts: str | int) -> str:
        """Return the data of a button that stays on this level: Back leads where it did."""
        return _pack(_join(parts), self.trail)

    def at(self, *parts: str | int) -> "Where":
        """Return this level with another place shown."""
        return Where(_join(parts), self.trail)

    def up_to(self, name: str) -> "Where":
        """Return the nearest place of this name on the trail; without one, the place by itself."""
        for step, place in enumerate(self.trail):
            if place.split(":")[0] == name:
                return Where(place, self.trail[step + 1 :])
        return Where(name)

    def back(self) -> str:
        """Return the data of the Back button."""
        return _pack(self.trail[0], self.trail[1:]) if self.trail else _pack(HOME, ())


def read_place(data: str) -> Where | None:
    """Return where a button leads; None for another version's button."""
    version, _, rest = data.partition(":")
    if version != VERSION or not rest:
        return None
    here, mark, trail = rest.partition("~")
    return Where(here, tuple(trail.split("~")) if trail else (), from_notice=not mark)


def _join(parts: tuple[str | int, ...]) -> str:
    return ":".join(str(part) for part in parts)


def _pack(place: str, trail: tuple[str, ...]) -> str:
    kept = list(trail)
    while kept and len(_written(place, kept)) > _MAX_BYTES:
        kept.pop()
    return _written(place, kept).decode()


def _written(place: str, trail: list[str]) -> bytes:
    return f"{VERSION}:{place}~{'~'.join(trail)}".encode()
