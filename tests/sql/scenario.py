"""Documents as the roles write them, for one life of a few events on two keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from sql.database import Document, Row
from sql.seal_lines import closing
from sql.term import Term
from tests.sql.scenario_house import houses, late, sealing, switched
from tests.sql.scenario_letters import letters
from tidegate import fingerprint

Step = tuple[str, str, Document]

A1, A2, B1, C1, D1, E1, E2 = (f"00000000-0000-4000-8000-00000000000{n}" for n in range(1, 8))
SYNC, NEXT, RELAY = (
    Term(n, e, c * 32) for n, e, c in (("sync", 1, "a"), ("sync", 2, "b"), ("relay", 1, "c"))
)
LAST = Term("sync", 6, "d" * 32)
BODY = bytes(range(256)) + "Größe 😀 'quoted'".encode()
CONFIG = "f" * 64


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def event(uuid: str, head: str | None, key: str | None, seq: int | None, **other: Any) -> Row:
    row: Row = {
        "uuid": uuid,
        "source": "zoho",
        "entity": "products",
        "entity_text": "Größe 😀 'x' 4",
        "kind": "full",
        "operation": "update",
        "channel": "shape",
        "verdict": "new",
        "head_hash": digest(head) if head else None,
        "key_hash": digest(key) if key else None,
        "seq": seq,
        "message_key": None,
        "message_no": 0,
        "message_id": None,
        "owner": None,
        "content_hash": digest(uuid),
        "rule_version": 1,
        "stamp": "2026-11-21T08:00:00+01:00",
        "late": 0,
        "state": "live",
        "trace": "00-" + "1" * 32 + "-" + "2" * 16 + "-01",
        "config_version": CONFIG,
        "body": BODY,
        "media_type": "application/json",
        "pointer": "/item",
    }
    return row | other


def delivery(number: int, event_uuid: str | None) -> Row:
    return {
        "uuid": f"10000000-0000-4000-8000-00000000000{number}",
        "source": "zoho",
        "entity": "products",
        "entity_text": None,
        "channel": "shape",
        "verdict": "new",
        "rule": "first",
        "rule_version": 1,
        "reason": "the first of its entity",
        "content_hash": None if event_uuid is None else digest(event_uuid),
        "stamp": None,
        "event_uuid": event_uuid,
        "message_id": None,
        "remote": "192.0.2.1",
        "user_agent": "curl/8",
        "headers": '{"content-type": "application/json"}',
        "config_version": CONFIG,
    }


def head(name: str, version: int, **other: Any) -> Row:
    row: Row = {
        "hash": digest(name),
        "source": "zoho",
        "entity": "products",
        "entity_text": name,
        "version": version,
        "stamp": None,
        "deleted": 0,
        "newest": A1,
        "recent": '[{"h": "00", "c": "shape", "r": 1, "e": "é"}]',
    }
    return row | other


def key(name: str, next_seq: int, **other: Any) -> Row:
    return {"hash": digest(name), "text": name, "next_seq": next_seq, "target": "sandbox"} | other


def queued(uuid: str, priority: int = 5) -> Row:
    return {"uuid": uuid, "target": "sandbox", "priority": priority, "merges": 0}


def acceptance() -> Document:
    """Two events of key A, a command on key B with an idempotency key, one dead from birth."""
    letter = {
        "uuid": C1,
        "reason": "unknown_shape",
        "error_class": "unknown_shape",
        "message": "no shape of products fits: 'ß'",
        "fingerprint": "0" * 64,
    }
    return {
        "head_births": [head("A", 2)],
        "key_births": [key("A", 3), key("B", 2)],
        "events": [
            event(A1, "A", "A", 1),
            event(A2, "A", "A", 2, stamp=None, trace=None, late=1, body=b""),
            event(
                B1,
                None,
                "B",
                1,
                kind="command",
                message_key=digest("m"),
                message_id="order/7",
                owner="till",
            ),
            event(C1, "A", None, None, state="dead"),
        ],
        "queue": [queued(A1), queued(A2), queued(B1, 1)],
        "letters": [letter],
        "deliveries": [delivery(1, A1), delivery(2, A2), delivery(3, None)],
    }


def second_acceptance() -> Document:
    """A third event of key A: head and key move."""
    return {
        "head_births": [],
        "head_moves": [head("A", 3, seen_version=2, newest=D1, deleted=1)],
        "key_births": [],
        "key_moves": [key("A", 4, seen_seq=3)],
        "events": [event(D1, "A", "A", 3, operation="delete")],
        "queue": [queued(D1)],
        "letters": [],
        "deliveries": [delivery(4, D1)],
    }


def look(**commands: Any) -> Document:
    asked = {
        "heads": sorted([digest("A"), digest("B")]),
        "keys": sorted([digest("A"), digest("B"), digest("nobody's")]),
        "messages": [digest("m")],
    }
    return asked | commands


def look_for_commands() -> Document:
    return look(command_keys=sorted(digest(key) for key in ("A", "B", "E", "nobody's")), backlog=1)


def third_acceptance() -> Document:
    """Two commands of key E, one with a deadline; what was asked for once, and what is counted."""
    asked = {
        "uuid": "20000000-0000-4000-8000-000000000001",
        "verb": "replay",
        "filter": '{"event": "ä"}',
        "event_uuid": B1,
        "reason": "the same state came again: 'ß'",
        "actor": "source:zoho",
        "source": "ingest",
    }
    of_another = {"uuid": "20000000-0000-4000-8000-000000000003", "event_uuid": C1}
    counted = {"uuid": delivery(1, A1)["uuid"], "n": 2}
    return {
        "key_births": [key("E", 3)],
        "events": [event(each, None, "E", n, kind="command") for n, each in ((1, E1), (2, E2))],
        "queue": [queued(E1) | {"deadline_in_s": 1.5}, queued(E2) | {"deadline_in_s": None}],
        "deliveries": [delivery(5, E1) | {"seen": 7}, delivery(6, E2)],
        "seen": [counted, counted | {"n": 3}, counted | {"uuid": delivery(6, E2)["uuid"]}],
        "requests": [
            asked,
            asked | {"uuid": "20000000-0000-4000-8000-000000000002"},
            asked | of_another,
        ],
    }


def close(event_id: int, number: int, outcome: str, decision: str, **other: Any) -> Row:
    row: Row = {
        "event_id": event_id,
        "number": number,
        "outcome": outcome,
        "decision": decision,
        "rule": None,
        "rule_version": 1,
        "status": 200,
        "error_class": None,
        "message": None,
        "duration_ms": 12,
        "sent_ago_s": 0.25,
        "request_hash": "1" * 64,
        "answer_hash": "3" * 64,
        "version": 'W/"7"',
    }
    row |= other
    texts = [row["rule"], str(row["rule_version"]), str(row["status"]), row["error_class"]]
    texts += [row["message"], str(row["duration_ms"]), row["request_hash"], row["answer_hash"]]
    return row | {"detail_hash": fingerprint.digest(*texts, row["version"]).hex()}


def trail(event_id: int, number: int, uuid: str, action: str) -> Row:
    said: Row = {
        "event_uuid": uuid,
        "action": action,
        "actor": "source:zoho",
        "source": "zoho",
        "entity": "products",
        "entity_text": 'Größe 3/4"',
        "old": None,
        "new": '{"name": "Größe 😀"}',
        "reason": "first line\nsecond \\ line",
    }
    row = {"event_id": event_id, "number": number, "trace_id": "1" * 32, "config_version": CONFIG}
    return row | said | {"row_hash": fingerprint.digest(*said.values()).hex()}


def told(uuid: str) -> Row:
    return {
        "event_uuid": uuid,
        "type": "products.applied",
        "subject": "Größe",
        "key_hash": digest("A"),
        "data": '{"event_id": "' + uuid + '"}',
        "trace": None,
    }


def link(name: str) -> Row:
    row: Row = {"hash": digest(name), "target": "sandbox", "source": "zoho", "entity": "products"}
    row |= {"entity_text": f"Größe {name}", "record_type": "items", "record_id": f"id-{name}"}
    return row | {"record_key": f"ß {name}", "event_uuid": A1}


def move(queue_id: int, state: int, due_in_s: float | None, **other: Any) -> Row:
    row: Row = {"queue_id": queue_id, "state": state, "due_in_s": due_in_s, "tries": 0}
    return row | {"unknown": 0, "alone": 0, "still_s": 0.0} | other


def ending(queue_id: int, event_id: int, key_id: int, state: str) -> Row:
    row: Row = {"queue_id": queue_id, "event_id": event_id, "key_id": key_id, "state": state}
    return row | {"answer_status": 200 if state == "applied" else None}


def standing(term: Term, seen_epoch: int, seen_beat: int) -> Document:
    seen = {"seen_epoch": seen_epoch, "seen_beat": seen_beat}
    return term.fence() | seen | {"holder": "host:1"}


def fenced(term: Term, **doc: Any) -> Document:
    return term.fence() | {"config_version": CONFIG} | doc


def settled(term: Term, **lists: Any) -> Document:
    return {**fenced(term, **lists), **closing(lists)}


def life() -> Iterator[Step]:
    """Every script once and more, in an order in which a house could run them."""
    yield "run", "leader/raise", standing(SYNC, 0, 0)
    yield "read", "ingest/look", look()
    yield "run", "ingest/accept", acceptance()
    yield "read", "ingest/look", look()
    yield "read", "queue/poll", {"target": "sandbox"}
    yield "run", "queue/claim", fenced(SYNC, target="sandbox", n=10)
    yield "run", "ingest/accept", second_acceptance()
    yield "run", "queue/settle", settled(SYNC, **first_settlement())
    yield "read", "events/answers", {"uuids": [A1, B1, "not an id"]}
    yield "run", "leader/beat", SYNC.fence()
    yield "run", "queue/claim_unknown", fenced(SYNC, target="sandbox", n=10, alone=0)
    yield "run", "queue/reopen", fenced(SYNC, **reopening())
    yield "run", "queue/claim", fenced(SYNC, target="sandbox", n=10)
    yield "read", "leader/observe", {"name": "sync"}
    yield "run", "leader/raise", standing(NEXT, 1, 7)
    left = {"last_beat": "2026-11-21 08:00:07.125000", "trust_s": 10.5, "survived": None}
    yield "run", "queue/adopt", fenced(NEXT, **left)
    yield "read", "queue/poll", {"target": "sandbox"}
    yield "run", "queue/claim_unknown", fenced(NEXT, target="sandbox", n=1, alone=1)
    yield "run", "queue/settle", settled(NEXT, **second_settlement())
    yield "run", "queue/claim_unknown", fenced(NEXT, target="sandbox", n=10, alone=1)
    yield "run", "queue/settle", settled(NEXT, **third_settlement())
    yield "read", "queue/poll", {"target": "sandbox"}
    yield from linked()
    yield from expiring()
    yield from relayed()
    yield from reports()
    yield from sealing(NEXT)
    moves = [move(6, 3, 0.5)]
    yield "run", "queue/settle", settled(NEXT, closes=[close(7, 1, "retry", "later")], moves=moves)
    yield from houses()
    yield "run", "leader/raise", standing(LAST, 5, 30)
    yield "run", "queue/claim", fenced(LAST, target="sandbox", n=10)
    yield "run", "queue/claim_unknown", fenced(LAST, target="sandbox", n=10, alone=0)
    yield from switched()


def linked() -> Iterator[Step]:
    """A third event of A (queue 4, event 5) waits for a link until it is told of, and once more."""
    for name in ("A", "B", "nobody's"):
        yield "read", "links/get", {"hash": digest(name)}
    yield "run", "queue/claim", fenced(NEXT, target="sandbox", n=10)
    needs = [{"queue_id": 4, "hash": digest("B"), "wait_s": 77.25}]
    closes = [close(5, 1, "notsent", "waits")]
    yield "run", "queue/settle", settled(NEXT, closes=closes, needs=needs)
    yield "read", "events/get", {"uuid": D1}
    yield "run", "queue/settle", settled(NEXT, links=[link("B"), link("A") | {"record_id": "7"}])
    yield "run", "queue/claim", fenced(NEXT, target="sandbox", n=10)
    closes = [close(5, 2, "notsent", "waits")]
    yield "run", "queue/settle", settled(NEXT, closes=closes, needs=needs)
    yield "run", "queue/claim", fenced(NEXT, target="sandbox", n=10)
    moves = [move(4, 3, 0.5, still_s=0.75)]
    yield "run", "queue/settle", settled(NEXT, closes=[close(5, 3, "retry", "later")], moves=moves)
    yield "run", "queue/claim", fenced(NEXT, target="sandbox", n=10)
    ends = [ending(4, 5, 1, "applied")]
    yield (
        "run",
        "queue/settle",
        settled(NEXT, closes=[close(5, 4, "applied", "applied")], ends=ends),
    )


def expiring() -> Iterator[Step]:
    """A command waits past its deadline, and the one behind it is next."""
    yield "run", "ingest/accept", third_acceptance()
    yield "read", "ingest/look", look_for_commands()
    yield "read", "queue/expiring", {"n": 10}
    yield "run", "queue/expire", fenced(NEXT, ids=[5, 6, 99], trail=[late(5), late(6)])
    yield "read", "queue/poll", {"target": "sandbox"}
    yield "run", "queue/claim", fenced(NEXT, target="sandbox", n=10)
    yield "read", "queue/expiring", {"n": 10}
    yield "run", "queue/expire", fenced(NEXT, ids=[5, 6, 99], trail=[late(5), late(6)])
    yield "read", "queue/poll", {"target": "sandbox"}
    yield "run", "queue/claim", fenced(NEXT, target="sandbox", n=1)
    yield "read", "ingest/look", look_for_commands()


def first_settlement() -> dict[str, list[Row]]:
    """A1 (queue 1, event 1) is applied, B1 (queue 3, event 3) is unknown."""
    return {
        "closes": [
            close(1, 1, "applied", "applied"),
            close(
                3,
                1,
                "unknown",
                "indoubt",
                rule="timeout",
                status=None,
                message="no answer",
                request_hash=hashlib.sha256(b"{}").hexdigest(),
            ),
        ],
        "bodies": [{"event_id": 3, "number": 1, "request": b"{}", "answer": None}],
        "ends": [ending(1, 1, 1, "applied")],
        "answers": [{"event_id": 1, "answer": b'{"ok": true}'}],
        "applied": [{"key_id": 1, "head_id": 1, "seq": 1}],
        "moves": [move(3, 4, 1.5, unknown=1, still_s=2.5)],
        "links": [link("A"), link("B")],
        "unlinks": [{"hash": digest("B")}],
        "letters": [],
        "helds": [],
        "trail": [trail(1, 1, A1, "applied")],
        "outbox": [told(A1), told(A1) | {"key_hash": digest("B")}],
    }


def reopening() -> dict[str, list[Row]]:
    """B1's probe found nothing: the same write again."""
    nothing: Row = dict.fromkeys(("request_hash", "answer_hash", "version"))
    return {
        "closes": [close(3, 2, "not_applied", "repeated", rule="a<b&c>d", **nothing)],
        "reopened": [{"queue_id": 3}],
    }


def second_settlement() -> dict[str, list[Row]]:
    """A2's probe (queue 2, event 2) says applied."""
    return {
        "closes": [close(2, 2, "applied", "applied", sent_ago_s=None)],
        "ends": [ending(2, 2, 1, "applied")],
        "applied": [{"key_id": 1, "head_id": None, "seq": 2}],
        "trail": [trail(2, 2, A2, "applied")],
        "outbox": [told(A2)],
    }


def third_settlement() -> dict[str, list[Row]]:
    """B1's probe (queue 3, event 3) ends in a letter that holds its key."""
    letter = {
        "event_id": 3,
        "event_uuid": B1,
        "key_id": 2,
        "reason": "unknown",
        "error_class": "timeout",
        "message": "nobody can tell",
        "fingerprint": "4" * 64,
        "attempts": 4,
    }
    return {
        "closes": [close(3, 4, "cannot_tell", "letter")],
        "moves": [move(3, 5, None)],
        "letters": [letter],
        "helds": [{"event_id": 3}],
        "trail": [trail(3, 4, B1, "dead")],
    }


def relayed() -> Iterator[Step]:
    """Two subscribers, one of which fails, then goes."""
    both: list[Row] = [
        {"name": "shop", "url": "https://shop.example/ä", "types": None, "enabled": 1},
        {"name": "till", "url": "https://till.example/", "types": '["x.y"]', "enabled": 1},
    ]
    yield "run", "leader/raise", standing(RELAY, 0, 0)
    yield "run", "outbox/subscribe", fenced(RELAY, configured=both, silent_reason="a copy")
    both[1] = both[1] | {"url": "https://till.example/V2", "types": None}
    yield "run", "outbox/subscribe", fenced(RELAY, configured=both, silent_reason="a copy")
    yield "read", "outbox/take", {"n": 10}
    yield "run", "outbox/distribute", fenced(RELAY, **distribution())
    yield "run", "outbox/claim", fenced(RELAY, n=10)
    done = {"outcome": "delivered", "status": 200, "message": None, "duration_ms": 5}
    yield (
        "run",
        "outbox/settle",
        fenced(
            RELAY,
            closes=[{"id": 1, "number": 1} | done, {"id": 2, "number": 1} | done],
            delivered=[{"id": 1}],
            moves=[{"id": 2, "state": 3, "due_in_s": 0.75}],
            freed=[{"dkey_id": 1}],
            disabled=[{"subscription_id": 2, "reason": "410 Gone: ä"}],
        ),
    )
    yield "read", "outbox/take", {"n": 10}
    yield "run", "outbox/claim", fenced(RELAY, n=10)
    yield "run", "outbox/adopt", RELAY.fence()


def distribution() -> dict[str, list[Row]]:
    a, b = digest("A"), digest("B")
    at = "2026-11-21 08:00:04.500001"
    rows = [(1, a, 0, A1), (2, a, 0, A1), (1, a, 1, A2), (1, b, 0, A1)]
    return {
        "numbers": [
            {"subscription_id": 1, "key_hash": a, "n": 2},
            {"subscription_id": 2, "key_hash": a, "n": 1},
            {"subscription_id": 1, "key_hash": b, "n": 1},
        ],
        "dispatches": [
            told(uuid)
            | {"subscription_id": to, "key_hash": hashed, "place": place}
            | {"message_id": f"msg_{number}", "at": at}
            for number, (to, hashed, place, uuid) in enumerate(rows)
        ],
        "taken": [{"id": 1}, {"id": 2}, {"id": 3}],
    }


def reports() -> Iterator[Step]:
    """What people and auditors read."""
    for uuid in (A1, A2, B1, C1, "not an id"):
        yield "read", "events/get", {"uuid": uuid}
        yield "read", "events/story", {"uuid": uuid}
    yield from letters((A1, B1, C1))
    yield "read", "events/delivery", {"uuid": delivery(1, A1)["uuid"]}
    yield "read", "events/stats", {}
    yield "read", "events/ping", {}
    yield "read", "seal/links", {"from_seq": 0, "to_seq": 99, "n": 100}
    yield "read", "seal/rows", {"refs": ["1.1", "3.1", "3.2", "9.9"]}
