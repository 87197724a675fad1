"""Inline queries: somebody types `@bot words`, the bot offers results, one is chosen."""

from dataclasses import dataclass
from typing import Final

from sandbox.rows import Part, Recorded, Shelf, Whole
from sandbox.telegram.errors import Json, bad_request

ANSWER_WITHIN_S: Final = 10
QUERY_LIMIT: Final = 256
_KEPT: Final = 50
_FIRST_ID: Final = 5_271_000_001


@dataclass
class InlineQuery(Recorded):
    """One query; `answer` is `{"results", "button", "nextOffset"}` once the bot has answered."""

    id: str
    person_id: int
    chat_id: int
    text: str
    asked_at_s: int
    answer: Json | None = None

    def find_result(self, result_id: str) -> Json | None:
        """Return one of the results that were offered, or None."""
        results = self.answer["results"] if self.answer else []
        return next((result for result in results if result["id"] == result_id), None)


class InlineQueries:
    """The queries, newest last; old ones are forgotten."""

    def __init__(self) -> None:
        self._queries: Shelf[str, InlineQuery] = Shelf(vars)
        self._next_id = _FIRST_ID

    def parts(self) -> dict[str, Part]:
        """Return the parts of their state."""
        return {"nextId": Whole(lambda: self._next_id), "queries": self._queries}

    def load(self, state: Json | None) -> None:
        """Replace everything; the first release knew no inline mode."""
        if state is None:
            return
        self._next_id = state["nextId"]
        self._queries.replace((item["id"], InlineQuery(**item)) for item in state["queries"])

    def ask(self, *, person_id: int, chat_id: int, text: str, asked_at_s: int) -> InlineQuery:
        """Record what somebody typed."""
        query = InlineQuery(str(self._next_id), person_id, chat_id, text, asked_at_s)
        self._next_id += 1
        self._queries[query.id] = query
        for old in list(self._queries)[:-_KEPT]:
            del self._queries[old]
        return query

    def find(self, query_id: str) -> InlineQuery | None:
        """Return a query, or None."""
        return self._queries.get(query_id)

    def answer(self, query_id: str, answer: Json, *, now_s: int) -> InlineQuery:
        """Record the bot's answer.

        Raises:
            Refusal: Unknown, answered before, or asked too long ago.
        """
        query = self._queries.get(query_id)
        if query is None or query.answer or now_s - query.asked_at_s > ANSWER_WITHIN_S:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        query.answer = answer
        return query
