"""What an operator reads of letters and events, and says about them, on every database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sql.audit_rows import row_hash
from sql.database import Document

Step = tuple[str, str, Document]
GROUP = "f" * 64


def letters(uuids: Sequence[str]) -> Iterator[Step]:
    """Notes of one event and of a group, then all that is read of events and their letters."""
    said = {"actor": "cli:anna", "host": None, "old": None, "reason": None, "fields": "[]"}
    said |= {"config_version": "c", "source": "zoho", "entity": "products"}
    for kind, uuid in (("note", uuids[0]), ("owner", None)):
        words = {"kind": kind, "text": "Größe 'x'", "event_uuid": uuid, "fingerprint": GROUP}
        words |= {"action": kind, "entity_text": None, "new": '{"note":"x"}'}
        hashed = {"row_hash": row_hash(said | words)}
        yield "run", "notes/add", said | words | hashed
    for wanted in (*uuids, "not an id"):
        yield "read", "letters/show", {"uuid": wanted}
        yield "read", "events/bodies", {"uuid": wanted}
    asked = {"uuids": list(uuids), "fingerprints": [GROUP, "0" * 64]}
    yield "read", "letters/notes", asked
    yield "read", "letters/notes", {"uuids": [], "fingerprints": []}
    yield "read", "letters/group", {"first": "f", "last": "fg"}
    yield "read", "events/message", {"text": "order/7"}
    yield "read", "events/message", {"text": "nobody's"}
