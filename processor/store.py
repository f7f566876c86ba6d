"""The queue as the drain sees it: typed calls over the named scripts, one transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from erp.links import Links
from processor.pauses import PARKED, Pause
from processor.work import Claimed
from sql.audit_rows import row_hash
from sql.database import Database, Row, Rows
from sql.seal_lines import closing
from sql.states import on_record
from sql.term import Term
from tidegate.clock import Clock
from tidegate.fingerprint import digest

LEADER = "tidegate"
"""Who acts where nobody asked for it, on record."""

LISTS = (
    "closes",
    "bodies",
    "ends",
    "answers",
    "applied",
    "moves",
    "links",
    "unlinks",
    "needs",
    "letters",
    "helds",
    "trail",
    "outbox",
)


@dataclass(frozen=True, slots=True)
class Poll:
    """What an idle look found; times in seconds from now, None for never.

    `expired`: a command's deadline has passed before it could take effect. `requests`: an operator
    has asked for something.
    """

    ready: bool
    due_in_s: float | None
    alone_in_s: float | None
    expired: bool
    requests: bool


class QueueStore:
    """Every call but `poll` is fenced, and hands the moment before it began to `confirm`.

    `links` is what lanes ask for the far side's records; what is settled is seen there.
    """

    def __init__(self, db: Database, clock: Clock, config_version: str) -> None:
        self._db = db
        self._clock = clock
        self._config_version = config_version
        self.confirmed_at = 0.0
        self.superseded: list[str] = []
        self.links = Links(db)

    def poll(self, target: str) -> Poll:
        """Is there work? Reads only."""
        row = self._db.read("queue/poll", {"target": target})["poll"][0]
        return Poll(
            bool(row["ready"]),
            row["due_in_s"],
            row["alone_in_s"],
            bool(row["expired"]),
            bool(row["requests"]),
        )

    def targets(self) -> list[str]:
        """Whose rows are ready. Reads only."""
        return [row["target"] for row in self._db.read("queue/targets", {})["targets"]]

    def unanswered(self, claimed: Claimed, within: float) -> float | None:
        """Age, in seconds, of the newest write of another event of its key that nobody answered.

        Asked in lanes. Reads only.

        Args:
            within: the greatest age that is wanted; None is returned where none is so young.
        """
        doc = {"key_id": claimed.key_id, "event_id": claimed.event_id, "within_s": within}
        found = self._db.read("queue/unanswered", doc)["unanswered"]
        return float(found[0]["age_s"]) if found else None

    def pauses(self) -> list[Row]:
        """What stands still now. Reads only."""
        return self._db.read("pauses/list", {})["pauses"]

    def open_pause(self, term: Term, pause: Pause) -> None:
        """Make it stand still; what does already is only brought up to date."""
        self._run(term, "pauses/open", self._paused(pause, "paused"))

    def close_pause(self, term: Term, pause: Pause) -> None:
        """Let it go on."""
        self._run(term, "pauses/close", self._paused(pause, "resumed"))

    def park(self, term: Term, target: str, entities: list[str], key_id: int | None, n: int) -> int:
        """Put off rows of `entities` and of one key among the first `n`; how many there were."""
        doc = {
            "target": target,
            "entities": [{"entity": name} for name in entities],
            "key_id": key_id,
            "n": n,
            "wait_s": PARKED,
        }
        return int(self._run(term, "pauses/park", doc)["parked"][0]["n"])

    def adopt(self, term: Term, last_beat: str, trust_s: float, survived: str) -> int:
        """Close what former terms left open as unknown; how many there were.

        Args:
            last_beat: of the former term, as the store keeps instants.
            trust_s: seconds after it in which that term may still have sent.
            survived: token of this process' own former term, whose attempts are no crashes.
        """
        doc = {"last_beat": last_beat, "trust_s": trust_s, "survived": survived}
        found = self._run(term, "queue/adopt", doc)
        self.links.changed()
        return int(found["adopted"][0]["n"])

    def expire(self, term: Term, n: int) -> list[str]:
        """End up to `n` commands whose deadline has passed, whatever their target; their ids."""
        due = self._db.read("queue/expiring", {"n": n})["expiring"]
        if not due:
            return []
        doc = {"ids": [row["queue_id"] for row in due], "trail": [_expired(row) for row in due]}
        return [row["uuid"] for row in self._run(term, "queue/expire", doc)["expired"]]

    def claim(self, term: Term, target: str, n: int) -> tuple[list[Claimed], int]:
        """Up to `n` rows that run now, and how many were demoted to waiting.

        `superseded` then holds the ids of the events that those came in the place of.
        """
        found = self._run(term, "queue/claim", {"target": target, "n": n})
        self.superseded = [row["uuid"] for row in found["superseded"]]
        return _claimed(found), int(found["demoted"][0]["n"])

    def claim_unknown(self, term: Term, target: str, n: int, *, alone: bool) -> list[Claimed]:
        """Up to `n` due rows of unknown outcome, with a probe opened for each."""
        doc = {"target": target, "n": n, "alone": int(alone)}
        return _claimed(self._run(term, "queue/claim_unknown", doc))

    def settle(self, term: Term, lists: dict[str, list[Row]]) -> None:
        """Write what a batch of attempts came to."""
        doc: dict[str, Any] = {name: lists.get(name, []) for name in LISTS}
        self._run(term, "queue/settle", doc | closing(doc))
        if lists.get("links") or lists.get("unlinks"):
            self.links.changed()

    def reopen(self, term: Term, closes: list[Row], reopened: list[Row]) -> None:
        """Close probes that found nothing and open the writes that repeat."""
        self._run(term, "queue/reopen", {"closes": closes, "reopened": reopened})

    def _paused(self, pause: Pause, action: str) -> dict[str, Any]:
        places = on_record(pause.target, pause.entity)
        said = (action, LEADER, *places, None, None, None, pause.reason)
        return {
            "target": pause.target,
            "entity": pause.entity,
            "kind": pause.kind,
            "reason": pause.reason,
            "probe_in_s": pause.probe_in_s,
            "action": action,
            "actor": LEADER,
            "on_target": places[0],
            "on_entity": places[1],
            "row_hash": digest(None, *said).hex(),
        }

    def _run(self, term: Term, name: str, doc: dict[str, Any]) -> Rows:
        began = self._clock.boottime()
        found = self._db.run(name, term.fence() | {"config_version": self._config_version} | doc)
        self.confirmed_at = began
        return found


def _expired(due: Row) -> Row:
    """What the record says of a command that came too late."""
    row = {
        "event_uuid": due["uuid"],
        "action": "expired",
        "actor": LEADER,
        "source": due["source"],
        "entity": due["entity"],
        "entity_text": due["entity_text"],
        "reason": "its deadline passed before it could take effect",
    }
    trace = due["trace"]
    rest = {"queue_id": due["queue_id"], "event_id": due["event_id"]}
    return row | rest | {"trace_id": trace[3:35] if trace else None, "row_hash": row_hash(row)}


def _claimed(found: Rows) -> list[Claimed]:
    now = found["now"][0]["now"]
    # They come by id: to have a database sort rows with their bodies costs more than this.
    rows = sorted(found["claimed"], key=itemgetter("priority", "queue_id"))
    return [_row(row, now) for row in rows]


def _row(row: Row, now: str) -> Claimed:
    first_at, needs, deadline = row["first_at"], row["needs_until"], row["deadline_at"]
    # In the order of its fields: thirty names would cost more than the row's reading.
    return Claimed(
        row["queue_id"],
        row["event_id"],
        row["key_id"],
        row["seq"],
        row["target"],
        row["attempts"],
        row["tries"],
        0.0 if first_at == now else _age(first_at, now) or 0.0,
        _age(row["unknown_at"], now),
        bool(row["alone"]),
        row["crashes"],
        row["uuid"],
        row["source"],
        row["entity"],
        row["entity_text"] or "",
        row["kind"],
        row["operation"],
        row["head_id"],
        row["owner"],
        row["trace"],
        row["accepted_at"],
        row["body"],
        row["media_type"],
        row["pointer"],
        row["key_hash"],
        row["write_version"],
        row["write_request"],
        _age(row["write_sent_at"], now),
        None if needs is None else _age(now, needs),
        None if deadline is None else _age(now, deadline),
        row.get("write_config"),
    )


def _age(since: str | None, now: str) -> float | None:
    if since is None:
        return None
    return (datetime.fromisoformat(now) - datetime.fromisoformat(since)).total_seconds()
