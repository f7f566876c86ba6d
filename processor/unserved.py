"""Tells of events that nobody takes up: their adapter is not run in this house."""

from __future__ import annotations

from collections.abc import Iterable

from processor.duties import Duty
from processor.store import QueueStore
from sql.term import Term
from tidegate.telemetry import logger

EVERY = 60.0
"""Seconds between two looks; the first is at the start of a term."""

_log = logger("drain")


def unserved(store: QueueStore, served: Iterable[str]) -> Duty:
    """The duty; what `served` names has somebody who claims it."""
    known = frozenset(served)

    def run(_: Term) -> bool:
        for target in store.targets():
            if target not in known:
                _log.error(
                    "target.unserved",
                    target=target,
                    served=sorted(known),
                    next_step="start the house with this adapter again, or replay its events",
                )
        return False

    return Duty("unserved", EVERY, run)
