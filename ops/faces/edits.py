"""Edit-replay over HTTP: a dead letter's record changed, checked, and sent in its place."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from erp.mapping import Mapper
from ingest.access import ADMIN
from ops import edits
from ops.faces import examples
from ops.faces.asking import ReasonBody, queued
from ops.faces.page import Asked, Page, Reply, Wrong
from ops.letters import Letters
from sql.database import Database
from tidegate.canon import Json
from tidegate.config import Config
from tidegate.ids import Ids
from tidegate.redact import redact
from tidegate.settings import Settings

_HOW = (
    "`set` names places within the record by RFC 6901 pointers. What ingest checks of a delivery "
    "is checked, and the mapping is tried, before anything is asked for: 422 says what is wrong. "
    "The original, the difference and the reason are kept; `dry_run` answers 200 "
    "with the difference."
)


class Change(BaseModel):
    """A place in the record, and what is to be there."""

    model_config = ConfigDict(extra="forbid", strict=True)
    at: Annotated[str, Field(pattern=r"^(/[^/]{0,200}){1,20}$", description="An RFC 6901 pointer")]
    value: Any


class EditBody(ReasonBody):
    """Which event, what is to be otherwise, and why."""

    id: UUID = Field(strict=False, description="The dead event")
    set: Annotated[list[Change], Field(min_length=1, max_length=100)]
    dry_run: bool = False


class EditPages:
    """The verb over `ops.edits`; the mapping is read when the first edit comes."""

    def __init__(self, db: Database, config: Config, settings: Settings, ids: Ids) -> None:
        self._db = db
        self._config = config
        self._settings = settings
        self._ids = ids

    def pages(self) -> list[Page]:
        """What it is over HTTP."""
        fix: dict[str, Any] = {
            "id": examples.EVENT_ID,
            "set": [{"at": "/sku", "value": "HD-1"}],
            "reason": "the sender left it out",
        }
        return [
            Page("POST", "/dead-letters/edit-replay", ADMIN,
                 "Change a letter's record and send that in its place",
                 self._edit, examples.EDITED, body=EditBody, status=202, description=_HOW,
                 sends={"fix": fix, "look": fix | {"dry_run": True}},
                 also={200: {"changed": examples.EDITED["changed"]}}),
        ]  # fmt: skip

    @cached_property
    def _mapper(self) -> Mapper:
        here = Path.cwd() / "tidegate.toml"
        file = self._settings.tidegate_config or (here if here.is_file() else None)
        return Mapper(self._config, file)

    def _edit(self, asked: Asked) -> Reply:
        body: EditBody = asked.body
        event = str(body.id)
        if Letters(self._db).show(event) is None:
            raise Wrong(404, "There is no dead letter of that event")
        sets = [(each.at, each.value) for each in body.set]
        try:
            made = edits.draft(self._db, self._config, self._mapper, event, sets)
        except edits.Settled as error:
            raise Wrong(409, "The letter is settled", str(error)) from error
        changed = [_change(at, *values) for at, values in made.changed.items()]
        if made.problems:
            raise Wrong(422, "It cannot be sent so", "; ".join(made.problems), changed=changed)
        if body.dry_run:
            return Reply({"changed": changed})
        request_id = edits.ask(self._db, self._ids, asked.who, made, body.reason)
        return queued(asked, request_id, changed=changed)


def _change(at: str, old: Json, new: Json) -> dict[str, Any]:
    # Beside its pointer a value has no name by which it would be masked.
    return {"at": at, "old": redact({at: old})[at], "new": redact({at: new})[at]}
