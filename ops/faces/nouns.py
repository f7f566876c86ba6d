"""All of the operator's verbs over HTTP."""

from __future__ import annotations

from ops.faces.alarms import AlarmPages
from ops.faces.bulk import BulkPages
from ops.faces.edits import EditPages
from ops.faces.events import EventPages
from ops.faces.house import HousePages
from ops.faces.jobs import JobPages
from ops.faces.letters import LetterPages
from ops.faces.page import Page
from ops.faces.record import RecordPages
from ops.faces.standing import StandingPages
from ops.faces.state import StatePages
from sql.database import Database
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.ids import Ids
from tidegate.settings import Settings


def pages(db: Database, config: Config, settings: Settings, clock: Clock, ids: Ids) -> list[Page]:
    """Noun by noun; nothing is read before a page is asked for."""
    return [
        *StatePages(db).pages(),
        *EventPages(db, clock).pages(),
        *LetterPages(db, clock, config.version).pages(),
        *BulkPages(db, config, clock, ids).pages(),
        *EditPages(db, config, settings, ids).pages(),
        *JobPages(db, ids).pages(),
        *StandingPages(db, config, clock, ids).pages(),
        *RecordPages(db, clock).pages(),
        *AlarmPages(db, config.version).pages(),
        *HousePages(db, config, settings).pages(),
    ]
