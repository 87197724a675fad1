"""Look at every field before refusing, so that a form can show all that is wrong at once."""

from collections.abc import Callable
from typing import TypeVar

from core.errors import Fault, InvalidInput, InvalidValue

Value = TypeVar("Value")


class Faults:
    """The wrong fields of one draft, as its checks find them."""

    def __init__(self) -> None:
        self._by_field: dict[str, Fault] = {}

    def check(self, field: str, check: Callable[[Value], Value], value: Value) -> Value:
        """Return the cleaned value; a wrong one is noted and comes back as it was."""
        try:
            return check(value)
        except InvalidValue as error:
            self._by_field[field] = error.fault
            return value

    def raise_if_any(self) -> None:
        """Refuse the draft if any field was wrong.

        Raises:
            InvalidInput: It names each of them.
        """
        if self._by_field:
            raise InvalidInput(self._by_field)
