"""Dead letters over HTTP: what there is, by cause, one of them whole, and what is said of them."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ingest.access import OPERATOR, VIEWER
from ops.faces import examples, filtering
from ops.faces.page import Asked, Page, Param, Reply, Wrong, limit
from ops.letters import Letters
from sql.database import Database
from tidegate.clock import Clock

AFTER = Param("after", {"type": "string", "minLength": 1}, "What the page before gave as next")


class _Said(BaseModel):
    """About a letter (its event's id) or a group (its fingerprint, or the first digits)."""

    model_config = ConfigDict(extra="forbid", strict=True)
    target: Annotated[str, Field(min_length=6, max_length=64)]


class NoteBody(_Said):
    """Something that the next person should know."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class AssignBody(_Said):
    """Who has it now; an empty owner: nobody."""

    owner: Annotated[str, Field(max_length=200)]


class LetterPages:
    """The verbs over `ops.letters`."""

    def __init__(self, db: Database, clock: Clock, config_version: str) -> None:
        self._letters = Letters(db, config_version)
        self._clock = clock

    def pages(self) -> list[Page]:
        """What they are over HTTP."""
        which = filtering.params(letters=True)
        at = "/dead-letters"
        return [
            Page("GET", at, VIEWER, "Dead letters, the newest first, and how many there are",
                 self._list, examples.LETTERS, (*which, limit(), AFTER)),
            Page("GET", f"{at}/summary", VIEWER, "How many of each error are how old",
                 self._summary, examples.SUMMARY, which),
            Page("GET", f"{at}/groups", VIEWER, "Letters of one cause together, the largest first",
                 self._groups, examples.GROUPS, (*which, limit())),
            Page("GET", f"{at}/export", VIEWER, "Every letter with its body, one a line",
                 self._export, examples.EXPORTED, which, lines=True),
            Page("GET", f"{at}/{{event_id}}", VIEWER, "A letter with all that bears on it",
                 self._show, examples.LETTER_SHOWN),
            Page("POST", f"{at}/notes", OPERATOR, "Say something of a letter or of a group",
                 self._note, examples.NOTED, body=NoteBody, status=201,
                 sends={"group": {"target": "9f3a51", "text": "the ERP lacks these items"}}),
            Page("POST", f"{at}/assign", OPERATOR, "Give a letter or a group to somebody",
                 self._assign, examples.ASSIGNED, body=AssignBody,
                 sends={"letter": {"target": examples.EVENT_ID, "owner": "Ana"}}),
        ]  # fmt: skip

    def _filter(self, asked: Asked) -> Any:
        return filtering.of_query(asked.values, self._clock, letters=True)

    def _list(self, asked: Asked) -> Reply:
        wanted, most = self._filter(asked), asked.number("limit", 50)
        return Reply(self._letters.list(wanted, most, asked.text("after")))

    def _summary(self, asked: Asked) -> Reply:
        return Reply(self._letters.summary(self._filter(asked)))

    def _groups(self, asked: Asked) -> Reply:
        return Reply(self._letters.groups(self._filter(asked), asked.number("limit", 50)))

    def _export(self, asked: Asked) -> Reply:
        return Reply(rows=self._letters.export(self._filter(asked)))

    def _show(self, asked: Asked) -> Reply:
        found = self._letters.show(event_id(asked))
        if found is None:
            raise Wrong(404, "There is no dead letter of that event")
        return Reply(found)

    def _note(self, asked: Asked) -> Reply:
        body: NoteBody = asked.body
        return Reply(self._letters.note(asked.who, body.target, body.text), 201)

    def _assign(self, asked: Asked) -> Reply:
        body: AssignBody = asked.body
        return Reply(self._letters.assign(asked.who, body.target, body.owner))


def event_id(asked: Asked, name: str = "event_id") -> str:
    """The id in the address. Raises `Wrong`."""
    try:
        return str(UUID(asked.path[name]))
    except ValueError as error:
        raise Wrong(404, "There is nothing of that id") from error
