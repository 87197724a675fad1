"""The forms engine: a form is a list of steps, and every move in it is a pure function.

It knows neither Telegram nor the database: answers come in as text or as the key of a choice, and
what to ask next comes out. filling.py keeps the answers in the Dialog table and shows the
questions, so a form survives a restart in the middle.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from bot.words.texts import Texts
from core.errors import InvalidValue

SUMMARY = "summary"
SHARED = "_shared"
"""Kept beside the answers: the number that Telegram vouched for as the person's own."""
KEEP = "="
"""Key of the choice to leave an earlier answer as it is."""
NOTHING = "-"
"""Key of the choice to skip a question."""

Value = str | int | bool | None
"""An answer, as JSON keeps it."""
Answers = Mapping[str, Value]


class Unacceptable(InvalidValue):
    """Say in the reader's own words (HTML) what is wrong with what he typed."""

    def __init__(self, sentence: str) -> None:
        super().__init__("unacceptable")
        self.sentence = sentence


class ChoiceGone(Exception):
    """The pressed choice is not offered any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a question may depend on."""

    texts: Texts
    answers: Answers
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was looked up for this form, such as the owner's plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An answer that can be pressed."""

    label: str
    value: Value

    @property
    def key(self) -> str:
        """The choice as its button carries it."""
        return NOTHING if self.value is None else str(self.value)


def _no_choices(_: Asking) -> Sequence[Choice]:
    return ()


def _always(_: Asking) -> bool:
    return True


def _as_it_is(_: Asking, value: Value) -> str:
    return str(value)


def _dash(_: Asking) -> str:
    return "–"  # noqa: RUF001 - a dash on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question."""

    field: str
    title: Callable[[Texts], str]
    question: Callable[[Asking], str]
    """HTML: what is asked, what is accepted, an example."""
    parse: Callable[[Asking, str], Value]
    """Read what was typed; raises InvalidValue (or Unacceptable)."""
    show: Callable[[Asking, Value], str] = _as_it_is
    """Plain text; never called with None."""
    show_nothing: Callable[[Asking], str] = _dash
    """Plain text for a skipped answer."""
    choices: Callable[[Asking], Sequence[Choice]] = _no_choices
    columns: int = 2
    applies: Callable[[Asking], bool] = _always
    """Whether the question is put at all; if not, it has no answer."""
    is_free_text: bool = False
    """What is typed is for people to read, so its digits stay in the script they came in."""
    is_secret: bool = False
    """What is typed is deleted from the chat at once, and kept encrypted."""
    depends_on: frozenset[str] = frozenset()
    """Fields whose change makes this answer void."""
    wants_own_contact: bool = False
    """A shared contact is an answer only if it is the person's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The steps in order, and the words around them."""

    name: str
    title: Callable[[Texts], str]
    confirm: Callable[[Texts], str]
    """The word on the button that does it."""
    question: Callable[[Asking], str]
    """HTML: what the summary asks, with the consequence."""
    steps: tuple[Step, ...]
    is_destructive: bool = False
    """What it does can't be undone: the summary puts the safe button first."""
    ends_with_a_word: bool = False
    """The last answer, typed, is the confirmation: no summary follows."""

    def step(self, name: str) -> Step | None:
        """Return the step of a field; None for the summary, or a field of an older version."""
        return next((step for step in self.steps if step.field == name), None)


def asked(form: Form, asking: Asking) -> list[Step]:
    """Return the steps that apply to the answers so far."""
    return [step for step in form.steps if step.applies(asking)]


def next_open(form: Form, asking: Asking) -> str:
    """Return the first question without an answer, or the summary."""
    return next(
        (step.field for step in asked(form, asking) if step.field not in asking.answers), SUMMARY
    )


def step_before(form: Form, asking: Asking, current: str) -> str | None:
    """Return where Back leads: the summary while one field is edited; None leaves the form."""
    if next_open(form, asking) == SUMMARY:
        return SUMMARY
    fields = [step.field for step in asked(form, asking)]
    place = fields.index(current) if current in fields else 0
    return fields[place - 1] if place else None


def with_answer(form: Form, answers: Answers, name: str, value: Value) -> dict[str, Value]:
    """Return the answers with this one; a changed answer voids those that depend on it."""
    is_changed = name not in answers or answers[name] != value
    void = {step.field for step in form.steps if is_changed and name in step.depends_on}
    kept = {other: given for other, given in answers.items() if other not in void}
    return {**kept, name: value}


def offered(step: Step, asking: Asking) -> list[Choice]:
    """Return the choices of a step."""
    return list(step.choices(asking))


def chosen(step: Step, asking: Asking, key: str) -> Value:
    """Return the value of the pressed choice.

    Raises:
        ChoiceGone: It is not offered (any more).
    """
    if key == KEEP and step.field in asking.answers:
        return asking.answers[step.field]
    for choice in offered(step, asking):
        if choice.key == key:
            return choice.value
    raise ChoiceGone(key)


def shown(step: Step, asking: Asking) -> str:
    """Return a step's answer as plain text, for people."""
    value = asking.answers.get(step.field)
    return step.show_nothing(asking) if value is None else step.show(asking, value)


def _line(step: Step, asking: Asking) -> str:
    _ = asking.texts.gettext
    return _("{field}: <b>{value}</b>").format(
        field=escape(step.title(asking.texts)), value=escape(shown(step, asking))
    )


def answered_text(step: Step, asking: Asking) -> str:
    """Return what is left of a question once it is answered."""
    return f"✓ {_line(step, asking)}"


def question_text(form: Form, step: Step, asking: Asking, *, wrong: str | None = None) -> str:
    """Return the whole question: where one is, what is known, what was wrong, what is asked."""
    _ = asking.texts.gettext
    steps = asked(form, asking)
    header = _("<b>{form}</b>\nStep {number} of {total} · {title}").format(
        form=escape(form.title(asking.texts)),
        number=steps.index(step) + 1 if step in steps else 1,
        total=len(steps),
        title=escape(step.title(asking.texts)),
    )
    known = [
        _line(other, asking)
        for other in steps
        if other.field in asking.answers and other is not step
    ]
    warning = _("⚠️ {sentence}").format(sentence=wrong) if wrong else None
    blocks = (header, "\n".join(known), warning, step.question(asking))
    return "\n\n".join(block for block in blocks if block)


def summary_text(form: Form, asking: Asking, *, wrong: str | None = None) -> str:
    """Return all values and the last question."""
    _ = asking.texts.gettext
    header = _("<b>{form}</b>\nPlease check").format(form=escape(form.title(asking.texts)))
    lines = "\n".join(_line(step, asking) for step in asked(form, asking))
    warning = _("⚠️ {sentence}").format(sentence=wrong) if wrong else None
    return "\n\n".join(b for b in (header, lines, warning, form.question(asking)) if b)
