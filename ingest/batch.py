"""A batch of arrivals to one document: verdicts in memory, in the order of arrival."""

from __future__ import annotations

import json
from dataclasses import replace

from ingest.arrival import Accepted, Arrival, Verdict
from ingest.door import PAUSED_RETRY, Turned
from ingest.heads import Head, Key, Known, Picture, Recent
from ingest.places import fitting
from ingest.resends import Draft, Resends
from ingest.targets import Targets, drawn
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
    "requests",
    "deliveries",
    "seen",
)


class Batch:
    """Decides arrivals against a picture and gathers what is to be written.

    Args:
        picture: as `ingest/look` found it; it is moved as the batch goes.
        target: the adapter that a key born now goes to, or how it is drawn.
        resends: what bounds the rows of equal deliveries.
        backlog: waiting events beyond which commands are turned away, None for any number.
    """

    def __init__(
        self,
        picture: Picture,
        target: Targets,
        resends: Draft | None = None,
        backlog: int | None = None,
    ) -> None:
        self._picture = picture
        self._target = target
        self._resends = resends or Resends().draft(0.0)
        self._backlog = backlog
        self._seen: dict[str, int] = {}
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
            turned = self._turned(arrival)
            if turned is not None:
                return self._away(arrival, turned)
            self._write(arrival, judged, head, known)
            return self._delivered(arrival, judged, arrival.event_id)
        if judged.verdict == "conflict" and arrival.kind != "command":
            return self._dead_from_birth(arrival, "conflict", "delivery_conflict", judged.reason)
        if judged.verdict == "duplicate":
            if head is not None:
                head.raise_stamp(arrival.stamp)
            # A replay of what is no longer the newest would write over what came after it.
            newest = head is None or judged.event == head.newest
            if judged.state == "dead" and arrival.replay_dead and newest:
                self._ask_replay(arrival, judged)
        return self._delivered(arrival, judged, judged.event)

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
        self.lists["seen"] = [{"uuid": uuid, "n": n} for uuid, n in sorted(self._seen.items())]
        return self.lists

    def _turned(self, arrival: Arrival) -> Turned | None:
        if arrival.kind != "command" or arrival.key_hash is None:
            return None
        if arrival.cannot is not None:
            return Turned("unable", arrival.cannot)
        key = self._picture.keys.get(arrival.key_hash)
        turned = self._picture.door.turns(
            arrival.key_hash,
            key.target if key else drawn(self._target, arrival.key_hash),
            arrival.entity,
            most=self._backlog,
            respond_async=arrival.respond_async,
        )
        if turned is None and arrival.off and not arrival.respond_async:
            return Turned("paused", f"writes of {arrival.entity} are off", retry_after=PAUSED_RETRY)
        return turned

    def _away(self, arrival: Arrival, turned: Turned) -> Accepted:
        judged = Judged("rejected", turned.rule, turned.reason)
        told = self._delivered(arrival, judged, None)
        return replace(told, more=turned.more, retry_after=turned.retry_after)

    def _ask_replay(self, arrival: Arrival, judged: Judged) -> None:
        self.lists["requests"].append(
            {
                "uuid": arrival.delivery_id,
                "verb": "replay",
                "filter": json.dumps({"event": judged.event}),
                "event_uuid": judged.event,
                "reason": "the source sent the record again",
                "actor": f"source:{arrival.source}",
                "source": "ingest",
            }
        )

    def _write(
        self, arrival: Arrival, judged: Judged, head: Head | None, known: Known | None
    ) -> None:
        if arrival.head_hash is not None:
            self._move_head(arrival, judged, head)
        key = self._key(arrival)
        number = known.number + 1 if known else 0
        if arrival.message_key is not None:
            self._picture.known[arrival.message_key] = Known(
                arrival.event_id, number, arrival.content_hash, "live"
            )
        row = _event(arrival, "new", "live")
        row["seq"], row["message_no"], row["late"] = key.place(), number, int(judged.late)
        self.lists["events"].append(row)
        self.lists["queue"].append(
            {
                "uuid": arrival.event_id,
                "target": key.target,
                "priority": arrival.priority,
                "deadline_in_s": arrival.deadline_s,
                "merges": int(_merges(arrival)),
            }
        )

    def _move_head(self, arrival: Arrival, judged: Judged, head: Head | None) -> None:
        event = arrival.event_id
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
            target = drawn(self._target, key_hash)
            self._picture.keys[key_hash] = Key(key_hash, arrival.key_text, 0, 1, target)
        return self._picture.keys[key_hash]

    def _dead_from_birth(
        self, arrival: Arrival, verdict: Verdict, rule: str, reason: str
    ) -> Accepted:
        """An event that nothing is queued for: its letter is written with it."""
        bare = {"head_hash": None, "key_hash": None, "message_key": None}
        self.lists["events"].append(_event(arrival, verdict, "dead") | bare)
        self.lists["letters"].append(
            {
                "uuid": arrival.event_id,
                "reason": rule,
                "error_class": rule,
                "message": fitting(reason, 2000),
                "fingerprint": digest(rule, arrival.source, arrival.entity).hex(),
            }
        )
        judged = Judged(verdict, rule, reason, state="dead")
        return self._delivered(arrival, judged, arrival.event_id)

    def _delivered(self, arrival: Arrival, judged: Judged, event: str | None) -> Accepted:
        uuid = arrival.delivery_id
        row = uuid if judged.verdict == "new" else self._row_for(arrival, judged, uuid)
        if row == uuid:
            self.lists["deliveries"].append(delivery_row(arrival, judged, event))
        else:
            self._seen[row] = self._seen.get(row, 0) + 1
        return Accepted(row, judged.verdict, judged.rule, judged.reason, event, judged.state)

    def _row_for(self, arrival: Arrival, judged: Judged, uuid: str) -> str:
        if judged.verdict == "conflict" and arrival.kind != "command":
            return uuid  # each is an event of its own
        of = arrival.head_hash or arrival.message_key or (arrival.source, arrival.entity)
        return self._resends.place(uuid, of, judged.verdict, judged.rule)


def _event(arrival: Arrival, verdict: str, state: str) -> Row:
    """The row of `inbox` and of `payload`; without a place among those of its key."""
    return {
        "uuid": arrival.event_id,
        "source": arrival.source,
        "entity": arrival.entity,
        "entity_text": arrival.entity_text,
        "kind": arrival.kind,
        "operation": arrival.operation,
        "channel": arrival.channel,
        "verdict": verdict,
        "head_hash": arrival.head_hash,
        "key_hash": arrival.key_hash,
        "seq": None,
        "message_key": arrival.message_key,
        "message_no": 0,
        "message_id": arrival.message_id,
        "owner": arrival.owner,
        "content_hash": arrival.content_hash,
        "rule_version": RULE_VERSION,
        "stamp": arrival.stamp_text,
        "late": 0,
        "state": state,
        "trace": arrival.trace,
        "config_version": arrival.config_version,
        "body": arrival.body,
        "media_type": arrival.media_type,
        "pointer": arrival.pointer,
    }


def _merges(arrival: Arrival) -> bool:
    """Whether it says all of its entity's state, so that a later one may take its place."""
    return (
        arrival.order == "latest_wins"
        and arrival.operation != "delete"
        and arrival.kind != "command"
        and arrival.head_hash is not None
    )


def delivery_row(arrival: Arrival, judged: Judged, event: str | None, *, seen: int = 1) -> Row:
    """The row of `delivery`; `seen` says how many it stands for."""
    return {
        "uuid": arrival.delivery_id,
        "source": arrival.source,
        "entity": arrival.entity,
        "entity_text": arrival.entity_text,
        "channel": arrival.channel,
        "verdict": judged.verdict,
        "rule": judged.rule,
        "rule_version": RULE_VERSION,
        "reason": fitting(judged.reason, 400),
        "content_hash": arrival.content_hash,
        "stamp": arrival.stamp_text,
        "event_uuid": event,
        "message_id": arrival.message_id,
        "remote": arrival.peer.remote,
        "user_agent": arrival.peer.user_agent,
        "headers": arrival.peer.headers,
        "config_version": arrival.config_version,
        "seen": seen,
    }
