"""The record and the house itself, in the life of `scenario`: sealed, pruned, adopted."""

from __future__ import annotations

from collections.abc import Iterator

from sql.audit_rows import row_hash
from sql.database import Document, Row
from sql.term import Term

Step = tuple[str, str, Document]

CONFIG = "f" * 64
U = [f"00000000-0000-4000-8000-00000000000{n}" for n in range(8)]


def late(queue_id: int) -> Row:
    """What the record says of a command that came too late."""
    said: Row = {
        "event_uuid": U[6],
        "action": "expired",
        "actor": "tidegate",
        "source": "zoho",
        "entity": "products",
        "entity_text": "Größe 😀 'x' 4",
        "reason": None,
    }
    rest = {"queue_id": queue_id, "event_id": queue_id + 1, "trace_id": None}
    return said | rest | {"row_hash": row_hash(said)}


def sealing(term: Term) -> Iterator[Step]:
    """What others put on record gets its link; what is taken away is named."""
    yield "read", "seal/bounds", {}
    yield "read", "seal/uncovered", {"after": 0, "look_back": 5, "n": 50}
    yield "run", "seal/cover", term.fence() | {"ids": [1, 2, 3, 4, 5, 6], "up_to": 20}
    yield "run", "seal/cover", term.fence() | {"ids": [], "up_to": 7}
    yield (
        "run",
        "seal/prune",
        term.fence() | {"ids": "e:77-78,90;a:300", "line": "p|e:77-78,90;a:300"},
    )
    yield "read", "seal/pruned", {"after": 0, "to_seq": 999, "n": 5}
    yield "read", "seal/uncovered", {"after": 20, "look_back": 3, "n": 50}
    yield "read", "seal/bounds", {}
    yield "read", "seal/attempts", {"after": 1, "up_to": 4, "n": 2}
    yield "read", "seal/changes", {"after": 1, "up_to": 40, "n": 50}
    yield "read", "seal/bodies", {"refs": ["1.1", "3.1", "3.2", "9.9"]}
    yield "read", "seal/asked", {"ids": list(range(1, 40))}


def houses() -> Iterator[Step]:
    """A house is born, runs, is adopted as a copy, then as restored, and recovers."""
    place: Row = {"server": "Größe", "database_name": "d 'x'", "environment": "local"}
    yield "read", "install/look", {}
    yield "run", "install/born", place | {"uuid": U[1]}
    yield "run", "install/born", place | {"uuid": U[2]}
    yield "read", "install/look", {}
    run: Row = {"uuid": U[3], "role": "up", "host": "h ö", "pid": 7, "version": "0.1.0"}
    run |= {"config_version": CONFIG, "config_text": '{"a": "ß"}'}
    yield "run", "process/begin", run
    yield "run", "process/begin", run | {"uuid": U[4]}
    yield "run", "process/seen", {"uuid": U[4], "ended": 0}
    yield "read", "process/live", {"within_s": 35}
    yield "run", "process/seen", {"uuid": U[3], "ended": 1}
    yield "read", "process/live", {"within_s": 35}
    said: Row = {"action": "adopted", "actor": "änn", "source": "tidegate", "entity": "install"}
    said |= {"old": '{"a":1}', "new": '{"b":"2"}', "reason": None, "host": "desk"}
    said |= {"row_hash": row_hash(said), "config_version": CONFIG}
    copy = place | said | {"uuid": U[6], "adopted_as": "copy", "pause_reason": "a copy"}
    copy |= {"silent_reason": "a copy, ö"}
    yield "run", "install/adopt", copy | {"last_good": None}
    good = "2026-11-21 07:00:00.000000"
    yield "run", "install/adopt", copy | {"adopted_as": "restored", "last_good": good}
    yield "read", "install/look", {}
    yield "run", "install/recover", said


def switched() -> Iterator[Step]:
    """In a copy neither an old subscription nor a new one is on, until a person says so."""
    # An adoption as a copy, one as restored and a recovery have each ended a term.
    deposed = Term("relay", 4, "c" * 32)
    both: list[Row] = [
        {"name": name, "url": "https://copy.example/", "types": None, "enabled": 1}
        for name in ("shop", "new")
    ]
    asked = deposed.fence() | {"configured": both, "silent_reason": "a copy, ö"}
    yield "run", "outbox/subscribe", asked
    said: Row = {"action": "enabled", "actor": "änn", "source": "tidegate"}
    said |= {"entity": "subscription", "entity_text": "shop", "reason": "ü", "host": "desk"}
    on = said | {"row_hash": row_hash(said), "config_version": CONFIG, "name": "shop", "why": "ö"}
    for enabled in (1, 1, 0):
        yield "run", "ops/switch", on | {"enabled": enabled}
    yield "read", "ops/subscriptions", {}
