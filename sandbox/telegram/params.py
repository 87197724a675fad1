"""The parameters of one call, however they came over the wire."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.telegram.errors import bad_request
from sandbox.telegram.files import Upload

_TRUE = frozenset({"true", "yes", "1", "t", "y"})


class Params:
    """Values by name: texts from a form or a query, anything from a JSON body; and files."""

    def __init__(
        self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None
    ) -> None:
        self._values = values
        self.uploads = uploads or {}

    def has(self, name: str) -> bool:
        """Tell whether a value came, be it empty."""
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """Return a text, or the empty one; a number of a JSON body is taken as its digits."""
        value = self._values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def number(self, name: str) -> int | None:
        """Return a whole number, or None if there is none or it is no number."""
        try:
            return int(self.text(name))
        except ValueError:
            return None

    def flag(self, name: str) -> bool:
        """Return a boolean; false unless said otherwise."""
        return self.text(name).strip().lower() in _TRUE

    def json(self, name: str) -> Any:
        """Return a structured value, or None.

        Raises:
            Refusal: A text that is no JSON.
        """
        value = self._values.get(name)
        if not isinstance(value, str) or not value.strip():
            return None if isinstance(value, str) else value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            what = "reply keyboard markup" if name == "reply_markup" else name.replace("_", " ")
            raise bad_request(f"can't parse {what} JSON object") from error

    def with_values(self, values: Mapping[str, Any]) -> "Params":
        """Return other values beside the same files, e.g. those of one `InputMedia`."""
        return Params(values, self.uploads)
