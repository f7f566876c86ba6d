"""The one filter over HTTP: parameters of a list, and the body of a verb, by the flags' names."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from ops.faces.page import Param, Part, Values
from ops.filter import read
from sql.filters import LETTER_STATES, Filter
from sql.states import STATES
from tidegate.clock import Clock

_TEXT: Part = {"type": "string", "minLength": 1, "maxLength": 400}
_WORDS = {
    "source": "Who sent them: zoho, …",
    "entity": "What they speak of: products, …",
    "type": "Entity and operation, as products.update, or an operation alone",
    "key": "The order key, as the list of blocked keys writes it",
    "error_class": "The error that ended or delayed them",
    "letter_reason": "What they died of: rejected, exhausted, too_old, unknown, …",
    "fingerprint": "A group of letters of one cause; its first digits will do",
    "since": "From then on: 2h ago, or 2026-11-21T06:00, UTC unless said",
    "until": "Until then, likewise",
    "older_than": "Born, or accepted, longer ago than 30m, 2h, 3d",
    "attempts_min": "Tried so often, or more often",
    "text": "Within the message, the entity's id or the sender's id, in any case",
    "id": "The event's id, or its entity's id in the source",
}
_ONCE = frozenset({"key", "since", "until", "older_than", "attempts_min", "text"})
_ONE_OF_LETTERS = ", ".join(("dead", *LETTER_STATES))

Words: TypeAlias = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=400)]], Field(max_length=100)
]
Ids: TypeAlias = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=400)]], Field(max_length=1000)
]
Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=400)]


def params(*, letters: bool) -> tuple[Param, ...]:
    """The filter's parameters; those that may be repeated mean any of their values."""
    states = ["dead", *LETTER_STATES] if letters else [*STATES]
    words = "State of a letter; open unless said" if letters else "State of an event"
    state = Param("state", {"type": "string", "enum": states}, words, many=True)
    rest = (Param(name, _TEXT, said, many=name not in _ONCE) for name, said in _WORDS.items())
    return (state, *rest)


def of_query(values: Values, clock: Clock, *, letters: bool) -> Filter:
    """The filter of a list. Raises `WrongFilter`."""
    named = ("state", *_WORDS)
    words = {name: given for name, given in values.items() if name in named}
    return read(words, clock.now(), letters=letters)


class FilterBody(BaseModel):
    """Which dead letters; fields narrow together, the values of one are alternatives."""

    model_config = ConfigDict(extra="forbid", strict=True)

    state: Words = Field(default=[], description=f"Of {_ONE_OF_LETTERS}; open unless said")
    source: Words = Field(default=[], description=_WORDS["source"])
    entity: Words = Field(default=[], description=_WORDS["entity"])
    type: Words = Field(default=[], description=_WORDS["type"])
    key: Word | None = Field(default=None, description=_WORDS["key"])
    error_class: Words = Field(default=[], description=_WORDS["error_class"])
    letter_reason: Words = Field(default=[], description=_WORDS["letter_reason"])
    fingerprint: Words = Field(default=[], description=_WORDS["fingerprint"])
    since: Word | None = Field(default=None, description=_WORDS["since"])
    until: Word | None = Field(default=None, description=_WORDS["until"])
    older_than: Word | None = Field(default=None, description=_WORDS["older_than"])
    attempts_min: int | None = Field(
        default=None, ge=0, le=10**6, description=_WORDS["attempts_min"]
    )
    text: Word | None = Field(default=None, description=_WORDS["text"])
    id: Ids = Field(default=[], description=_WORDS["id"])

    def read(self, clock: Clock) -> Filter:
        """The filter that it describes. Raises `WrongFilter`."""
        given = self.model_dump(exclude_none=True)
        words = {name: _listed(value) for name, value in given.items()}
        return read(words, clock.now(), letters=True)


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
