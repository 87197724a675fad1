"""Callback queries: a press waits for the bot's answer, and not for ever."""

from dataclasses import dataclass
from typing import Final

from sandbox.rows import Part, Recorded, Shelf, Whole
from sandbox.telegram.errors import Json, bad_request

ANSWER_WITHIN_S: Final = 15
ANSWER_TEXT_LIMIT: Final = 200
_KEPT: Final = 200
_FIRST_ID: Final = 4_382_000_001


@dataclass
class CallbackQuery(Recorded):
    """One press; `answer` is `{"text", "alert", "url"}` once the bot has answered."""

    id: str
    person_id: int
    message_id: int
    data: str
    asked_at_s: int
    answer: Json | None = None
    chat_id: int = 0
    """0: the person's own chat with the bot."""


class CallbackQueries:
    """The presses, newest last; old ones are forgotten."""

    def __init__(self) -> None:
        self._queries: Shelf[str, CallbackQuery] = Shelf(vars)
        self._next_id = _FIRST_ID

    def parts(self) -> dict[str, Part]:
        """Return the parts of their state."""
        return {"nextId": Whole(lambda: self._next_id), "queries": self._queries}

    def load(self, state: Json) -> None:
        """Replace everything."""
        self._next_id = state["nextId"]
        self._queries.replace((item["id"], CallbackQuery(**item)) for item in state["queries"])

    def ask(
        self, *, person_id: int, message_id: int, data: str, asked_at_s: int, chat_id: int = 0
    ) -> CallbackQuery:
        """Record a press."""
        query = CallbackQuery(
            str(self._next_id), person_id, message_id, data, asked_at_s, chat_id=chat_id
        )
        self._next_id += 1
        self._queries[query.id] = query
        for old in list(self._queries)[:-_KEPT]:
            del self._queries[old]
        return query

    def answer(self, query_id: str, answer: Json, *, now_s: int) -> CallbackQuery:
        """Record the bot's answer.

        Raises:
            Refusal: Unknown, answered before, or pressed more than 15 s ago; or the text is too
                long.
        """
        query = self._queries.get(query_id)
        if query is None or query.answer or now_s - query.asked_at_s > ANSWER_WITHIN_S:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        if len(answer["text"] or "") > ANSWER_TEXT_LIMIT:
            raise bad_request("MESSAGE_TOO_LONG")
        query.answer = answer
        return query
