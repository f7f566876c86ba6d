"""A batch of arrivals to one document: verdicts in memory, in the order of arrival."""

from __future__ import annotations

from uuid import UUID

from ingest.arrival import Accepted, Arrival, Verdict
from ingest.heads import Head, Key, Known, Picture, Recent
from ingest.verdict import Judged, judge
from sql.database import Row
from tidegate.fingerprint import RULE_VERSION, digest

LISTS = (
    "head_births",
    "head_moves",
    "key_births",
    "key_moves",
    "events",
    "queue",
    "letters",
    "deliveries",
)


class Batch:
    """Decides arrivals against a picture and gathers what is to be written.

    Args:
        picture: as `ingest/look` found it; it is moved as the batch goes.
        target: the adapter that a key born now goes to.
    """

    def __init__(self, picture: Picture, target: str) -> None:
        self._picture = picture
        self._target = target
        self.lists: dict[str, list[Row]] = {name: [] for name in LISTS}

    def add(self, arrival: Arrival) -> Accepted:
        """Decide one; a later one of the batch sees what this one did."""
        if arrival.refused is not None:
            return self._delivered(arrival, Judged("rejected", "refused", arrival.refused), None)
        if arrival.unknown is not None:
            return self._dead_from_birth(arrival, "new", "unknown_shape", arrival.unknown)
        head = self._picture.heads.get(arrival.head_hash) if arrival.head_hash else None
        known = self._picture.known.get(arrival.message_key) if arrival.message_key else None
        judged = judge(arrival, head, known)
        if judged.verdict == "new":
            self._write(arrival, judged, head, known)
            return self._delivered(arrival, judged, arrival.event_id)
        if judged.verdict == "conflict" and arrival.kind != "command":
            return self._dead_from_birth(arrival, "conflict", "delivery_conflict", judged.reason)
        if judged.verdict == "duplicate" and head is not None:
            head.raise_stamp(arrival.stamp)
        return self._delivered(arrival, judged, UUID(judged.event) if judged.event else None)

    def document(self) -> dict[str, list[Row]]:
        """What `ingest/accept` takes; moves in the order of their keys, so that none deadlock."""
        heads = sorted(self._picture.heads.values(), key=lambda head: head.hash)
        keys = sorted(self._picture.keys.values(), key=lambda key: key.hash)
        self.lists["head_births"] = [head.row() for head in heads if head.seen_version < 0]
        self.lists["head_moves"] = [h.row() for h in heads if h.seen_version >= 0 and h.moved()]
        self.lists["key_births"] = [key.row() for key in keys if key.seen_seq == 0]
        self.lists["key_moves"] = [
            key.row() for key in keys if key.seen_seq and key.next_seq != key.seen_seq
        ]
        return self.lists

    def _write(
        self, arrival: Arrival, judged: Judged, head: Head | None, known: Known | None
    ) -> None:
        if arrival.head_hash is not None:
            self._move_head(arrival, judged, head)
        key = self._key(arrival)
        number = known.number + 1 if known else 0
        if arrival.message_key is not None:
            self._picture.known[arrival.message_key] = Known(
                str(arrival.event_id), number, arrival.content_hash, "live"
            )
        self.lists["events"].append(
            self._event(arrival, "new", "live", late=judged.late)
            | {"seq": key.place(), "message_no": number}
        )
        self.lists["queue"].append(
            {"uuid": str(arrival.event_id), "target": key.target, "priority": arrival.priority}
        )

    def _move_head(self, arrival: Arrival, judged: Judged, head: Head | None) -> None:
        event = str(arrival.event_id)
        if head is None:
            head = Head(
                arrival.head_hash or b"",
                arrival.source,
                arrival.entity,
                arrival.entity_text or "",
                -1,
                0,
                None,
                False,
                event,
                [],
            )
            self._picture.heads[head.hash] = head
        recent = Recent((arrival.content_hash or b"").hex(), arrival.channel, RULE_VERSION, event)
        head.accept(recent, deleted=arrival.operation == "delete", late=judged.late)
        head.raise_stamp(arrival.stamp)

    def _key(self, arrival: Arrival) -> Key:
        key_hash = arrival.key_hash or b""
        if key_hash not in self._picture.keys:
            self._picture.keys[key_hash] = Key(key_hash, arrival.key_text, 0, 1, self._target)
        return self._picture.keys[key_hash]

    def _dead_from_birth(
        self, arrival: Arrival, verdict: Verdict, rule: str, reason: str
    ) -> Accepted:
        """An event that nothing is queued for: its letter is written with it."""
        event = self._event(arrival, verdict, "dead", late=False)
        bare = {"head_hash": None, "key_hash": None, "seq": None, "message_key": None}
        self.lists["events"].append(event | bare | {"message_no": 0})
        self.lists["letters"].append(
            {
                "uuid": str(arrival.event_id),
                "reason": rule,
                "error_class": rule,
                "message": reason[:2000],
                "fingerprint": digest(rule, arrival.source, arrival.entity).hex(),
            }
        )
        judged = Judged(verdict, rule, reason, state="dead")
        return self._delivered(arrival, judged, arrival.event_id)

    def _event(self, arrival: Arrival, verdict: str, state: str, *, late: bool) -> Row:
        return {
            "uuid": str(arrival.event_id),
            "source": arrival.source,
            "entity": arrival.entity,
            "entity_text": arrival.entity_text,
            "kind": arrival.kind,
            "operation": arrival.operation,
            "channel": arrival.channel,
            "verdict": verdict,
            "head_hash": arrival.head_hash,
            "key_hash": arrival.key_hash,
            "message_key": arrival.message_key,
            "message_id": arrival.message_id,
            "owner": arrival.owner,
            "content_hash": arrival.content_hash,
            "rule_version": RULE_VERSION,
            "stamp": arrival.stamp_text,
            "late": int(late),
            "state": state,
            "trace": arrival.trace,
            "config_version": arrival.config_version,
            "body": arrival.body,
            "media_type": arrival.media_type,
            "pointer": arrival.pointer,
        }

    def _delivered(self, arrival: Arrival, judged: Judged, event: UUID | None) -> Accepted:
        self.lists["deliveries"].append(
            {
                "uuid": str(arrival.delivery_id),
                "source": arrival.source,
                "entity": arrival.entity,
                "entity_text": arrival.entity_text,
                "channel": arrival.channel,
                "verdict": judged.verdict,
                "rule": judged.rule,
                "rule_version": RULE_VERSION,
                "reason": judged.reason[:400],
                "content_hash": arrival.content_hash,
                "stamp": arrival.stamp_text,
                "event_uuid": str(event) if event else None,
                "message_id": arrival.message_id,
                "remote": arrival.peer.remote,
                "user_agent": arrival.peer.user_agent,
                "headers": arrival.peer.headers,
                "config_version": arrival.config_version,
            }
        )
        return Accepted(
            arrival.delivery_id, judged.verdict, judged.rule, judged.reason, event, judged.state
        )
