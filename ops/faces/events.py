"""Events over HTTP: found by the filter, and the whole story of one."""

from __future__ import annotations

from ingest.access import VIEWER
from ops.events import Events
from ops.faces import examples, filtering
from ops.faces.letters import AFTER
from ops.faces.page import Asked, Page, Param, Reply, Wrong, limit
from sql.database import Database
from tidegate.clock import Clock

_BODIES = Param(
    "bodies",
    {"type": "boolean", "default": False},
    "With what came, was sent and came back, secrets masked",
)


class EventPages:
    """The verbs over `ops.events`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._events = Events(db)
        self._clock = clock

    def pages(self) -> list[Page]:
        """What they are over HTTP."""
        params = (*filtering.params(letters=False), limit(), AFTER)
        return [
            Page("GET", "/events", VIEWER, "Events, the newest first",
                 self._list, examples.EVENTS, params),
            Page("GET", "/events/{wanted}", VIEWER,
                 "The whole story of an event, by its id, a delivery's or a message's",
                 self._show, examples.STORY, (_BODIES,)),
        ]  # fmt: skip

    def _list(self, asked: Asked) -> Reply:
        wanted = filtering.of_query(asked.values, self._clock, letters=False)
        return Reply(self._events.list(wanted, asked.number("limit", 50), asked.text("after")))

    def _show(self, asked: Asked) -> Reply:
        bodies = asked.text("bodies") == "true"
        found = self._events.story(asked.path["wanted"], bodies=bodies)
        if found is None:
            raise Wrong(404, "There is no event and no delivery of that id")
        return Reply(found)
