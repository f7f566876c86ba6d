"""Broken twins: the house with one guard taken out, to show that the simulation would notice.

Each is a patch on objects or on the text of statements, in force while one seed runs, and names
the first seed known to catch it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import erp.business_central.repeats
import ingest.batch
import ingest.verdict
import ingest.writer
import lab.chaos.far
import lab.chaos.house
import lab.chaos.store
import processor.apply
import processor.outcome
import processor.wishes
import sql.leadership
import sql.sqlite
from ingest.arrival import Accepted
from lab.chaos.job_twins import JOB_TWINS
from lab.chaos.patches import Twin, both, instead, swapped, text, without
from processor.outcome import Later
from tidegate.errors import StoreBusy, StoreError
from tidegate.outcome import Unknown


def _sends_unasked(self: Any, request: bytes, version: str | None) -> None:
    self.sent_boottime = self.clock.boottime()
    self.request = request
    self.version = version


def _believes_at_once(_self: Any, finding: Any, _claimed: Any, _in_doubt: Any) -> Any:
    return finding, "probe"


def _nothing_is_late(_self: Any, _claimed: Any, _in_doubt: Any) -> float:
    return 0.0


_after_write = processor.outcome.after_write
_judge = ingest.verdict.judge
_once = ingest.writer.Writer._once
_replay = processor.wishes._replay


def _unknown_is_not_sent(done: Any, policy: Any, chance: Any) -> Any:
    if isinstance(done.outcome, Unknown):
        return Later(0.1, True)
    return _after_write(done, policy, chance)


def _unknown_is_dead_wrong(done: Any, policy: Any, chance: Any) -> Any:
    if isinstance(done.outcome, Unknown):
        return processor.outcome.End("applied")
    return _after_write(done, policy, chance)


def _knows_no_ids(arrival: Any, head: Any, _known: Any) -> Any:
    return _judge(arrival, head, None)


def _knows_no_stamps(arrival: Any, head: Any, known: Any) -> Any:
    return _judge(replace(arrival, stamp=None), head, known)


def _answers_first(self: Any, arrivals: Sequence[Any], db: Any) -> Any:
    batches: list[Any] = []
    decided: list[Accepted] = []
    add = ingest.batch.Batch.add

    def kept(batch: Any, arrival: Any) -> Accepted:
        if batch not in batches:
            batches.append(batch)
            decided.clear()
        decided.append(add(batch, arrival))
        return decided[-1]

    with swapped(ingest.batch.Batch, "add", kept):
        try:
            return _once(self, arrivals, db)
        except StoreError:
            if len(decided) < len(arrivals):
                raise
            return decided


def _trusts_for_ever(self: Any) -> bool:
    return self.term is not None


def _holds(_self: Any) -> bool:
    return True


def _replays_anything(wish: Any, found: Any, order_of: Any) -> Any:
    event = {**found.event, "key_applied": 0, "head_applied": None}
    return _replay(wish, replace(found, event=event), order_of)


def _always_send(_seen: Any, _earlier: Any, _repeat: Any) -> Any:
    return erp.business_central.repeats.Verdict.SEND


def _nothing_lands(_claimed: Any, _policy: Any) -> bool:
    return False


def _never_quarantined(_claimed: Any) -> bool:
    return False


_LOWER = "NOT EXISTS (SELECT 1 FROM sync_queue l WHERE l.key_id = q.key_id AND l.seq < q.seq)"
_FIRST_OF_KEY = """NOT EXISTS (SELECT 1 FROM dispatch l WHERE l.dkey_id = d.dkey_id AND l.no < d.no
                         AND l.state IN (0, 1, 2, 3))"""

_EXPIRES = "q.state IN (0, 1, 3, 5) AND q.unknown_at IS NULL"

TWINS: tuple[Twin, ...] = (
    Twin(
        "no-term",
        "the fence does not compare epoch and token",
        5,
        1,
        text("AND epoch = :epoch AND token = :token AND schema_no", "AND schema_no"),
    ),
    Twin(
        "no-send-check",
        "a lane sends without asking the leadership",
        3,
        49,
        instead(processor.apply._Sending, "__call__", _sends_unasked),
    ),
    Twin(
        "lock-says-all",
        "who gets the lock leads, although the leader never had it",
        5,
        1,
        text(
            "schema_no, holder, since, locked,",
            "schema_no, holder, since, 1 AS locked,",
            "leader/observe",
        ),
    ),
    Twin(
        "no-recovery",
        "after a restore events are tried without a look",
        3,
        28,
        text("SET unknown_at = :now", "SET unknown_at = NULL", "install/recover"),
    ),
    Twin(
        "stale-beat",
        "a leader trusts its last beat for ever",
        5,
        1,
        instead(sql.leadership.Leadership, "may_send", _trusts_for_ever),
    ),
    Twin(
        "no-in-doubt",
        "a probe's `not applied` counts at once",
        3,
        3,
        instead(processor.apply.Apply, "_judged", _believes_at_once),
    ),
    Twin(
        "refused-at-once",
        "a refused repeat counts at once, though the request before it may land",
        3,
        30,
        instead(processor.outcome, "_may_land", _nothing_lands),
    ),
    Twin(
        "deletes-at-once",
        "a delete does not wait until an unanswered write of its key can land no more",
        3,
        24,
        instead(processor.apply.Apply, "_may_land", _nothing_is_late),
    ),
    Twin(
        "any-mapping-tells",
        "what this configuration cannot map, the one before has not sent either",
        3,
        48,
        text("w.config_version AS write_config", "NULL AS write_config", "queue/claim_unknown"),
    ),
    Twin(
        "replays-unlooked",
        "a letter is sent again although an earlier write may have taken effect",
        3,
        63,
        text("CASE WHEN :look = 1 THEN :now END", "NULL", "requests/carry_out"),
    ),
    Twin(
        "no-lower-seq",
        "a claim does not look for an earlier event of the key",
        4,
        1,
        text(_LOWER, "1", "queue/claim"),
    ),
    Twin(
        "no-promotion",
        "settling does not make the key's next event ready",
        2,
        1,
        without("queue/settle", "SET state = 0"),
    ),
    Twin(
        "no-message-ids",
        "message ids are not looked at",
        7,
        1,
        instead(ingest.batch, "judge", _knows_no_ids),
    ),
    Twin(
        "no-stamps",
        "stamps are not compared",
        4,
        3,
        instead(ingest.batch, "judge", _knows_no_stamps),
    ),
    Twin(
        "unknown-is-not-sent",
        "an unknown outcome is tried again as if nothing was sent",
        3,
        2,
        instead(processor.outcome, "after_write", _unknown_is_not_sent),
    ),
    Twin(
        "unknown-is-applied",
        "an unknown outcome is taken for done",
        2,
        2,
        instead(processor.outcome, "after_write", _unknown_is_dead_wrong),
    ),
    Twin(
        "no-look-after-commit",
        "a COMMIT of unknown end is taken for a failed one",
        2,
        2,
        instead(lab.chaos.store, "CommitUnknown", StoreBusy),
        ("commit-unknown",),
    ),
    Twin(
        "answers-first",
        "a sender is answered though the commit failed",
        1,
        3,
        instead(ingest.writer.Writer, "_once", _answers_first),
    ),
    Twin(
        "replays-anything",
        "a replay does not look at what was applied since",
        4,
        46,
        instead(processor.wishes, "_replay", _replays_anything),
    ),
    *JOB_TWINS,
    Twin(
        "merges-entities",
        "a state supersedes those of other entities of its key",
        2,
        2,
        text(
            "x.key_id = r.key_id AND x.seq > r.seq", "x.id > r.id AND x.merges = 1", "queue/claim"
        ),
    ),
    Twin(
        "no-adoption",
        "a new term does not take over what was running",
        2,
        2,
        without("queue/adopt", "SET state = 4"),
    ),
    Twin(
        "crash-forgets-doubt",
        "after a crash doubt counts from nothing",
        3,
        35,
        text(
            "COALESCE(sent_at, after(:last_beat, :trust_s))", "after(:now, -100000)", "queue/adopt"
        ),
    ),
    Twin(
        "no-versions",
        "a repeat does not look at what is there",
        3,
        2,
        instead(lab.chaos.far, "judge", _always_send),
    ),
    Twin(
        "no-quarantine",
        "what kills the process is never set aside",
        6,
        14,
        instead(processor.outcome, "quarantined", _never_quarantined),
    ),
    Twin(
        "expires-all",
        "a deadline ends what may have taken effect",
        2,
        103,
        both(
            text(f"{_EXPIRES} AND i.state", "q.state <> 2 AND i.state", "queue/expire"),
            text(_EXPIRES, "q.state <> 2", "queue/expiring"),
            text("q.state IN (0, 1, 3, 5)", "q.state <> 2", "queue/poll"),
        ),
    ),
    Twin(
        "relay-number-stands",
        "the running number of a key does not rise",
        2,
        1,
        text("SET next_no = next_no + :n", "SET next_no = next_no + 0", "outbox/distribute"),
    ),
    Twin(
        "lock-unasked",
        "a leader does not ask whether its lock is still there",
        5,
        2,
        instead(lab.chaos.house.Lock, "held", _holds),
    ),
    Twin(
        "relay-overtakes",
        "a dispatch does not wait for the one before",
        4,
        1,
        text(_FIRST_OF_KEY, "1", "outbox/claim"),
    ),
    Twin(
        "relay-no-adoption",
        "a new relay does not send again what was in flight",
        2,
        2,
        without("outbox/adopt", "UPDATE dispatch SET"),
    ),
    Twin("no-outbox", "nobody is told", 2, 1, without("queue/settle", "INSERT INTO outbox")),
    Twin(
        "no-seal", "what is closed is not sealed", 6, 1, without("queue/settle", "INSERT INTO seal")
    ),
    Twin(
        "no-open-attempt",
        "a claim opens no attempt",
        6,
        1,
        without("queue/claim", "INSERT INTO sync_attempt"),
    ),
)
"""All of them; `seed` is the first that catches it."""


def by_name(name: str) -> Twin:
    """One of them. Raises `LookupError`."""
    for twin in TWINS:
        if twin.name == name:
            return twin
    raise LookupError(f"there is no twin {name!r}; there are {', '.join(t.name for t in TWINS)}")
