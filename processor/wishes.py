"""From what an operator asks for, and how things stand, to what the leader writes. Pure.

A wish about a letter moves one event, a wish about a key one order key. What cannot be done says
why and changes nothing; what cannot be done yet waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sql.database import Row
from sql.tables.queue import RUNNING, UNKNOWN
from tidegate import canon

NOT_APPLIED = "not_applied"
"""The reason of a letter whose outcome was unknown until a person said that nothing happened."""

NEWER = "newer applied"
RESOLVE_FIRST = "nobody knows whether it took effect: resolve it first"
ERASED = "its body was erased, nothing is left to send: discard it"
DOUBTED = (
    "an earlier attempt ended unknown and may still take effect: replay it as it is, under its old "
    "effect key, or resolve it"
)
LOST = (
    "it was dead when commits were lost, and may have been replayed since: replay it as it is, "
    "which looks first, or resolve it"
)

PRIORITY = {"command": 10}
"""Of a row that returns; what is no command has 100 (ingest gives the same)."""

_UNTOLD = frozenset({"unknown", "cannot_tell"})

LISTS = (
    "asked",
    "jobs",
    "staged",
    "letters",
    "unstaged",
    "edits",
    "ends",
    "revived",
    "leaves",
    "applied",
    "holds",
    "releases",
    "again",
    "moved",
    "back",
    "freed",
    "outbox",
    "trail",
)

OrderOf = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Letter:
    """What a wish about one event finds: rows as `requests/letter` reads them, None for none."""

    event: Row
    row: Row | None
    letter: Row | None
    last: Row | None
    busy: frozenset[int]
    past: Row | None = None

    @property
    def untold(self) -> bool:
        """Whether nobody knows what its last attempt came to."""
        if self.letter is None or self.letter["reason"] == NOT_APPLIED:
            return False
        outcome = self.last["outcome"] if self.last else None
        return self.letter["reason"] == "unknown" or outcome in _UNTOLD

    @property
    def doubted(self) -> bool:
        """Whether a write of it ended unknown, and neither a look nor a person has told since.

        The last attempt may have been refused: the first can land all the same.
        """
        return self.letter is not None and bool(self.letter["doubted"])

    @property
    def lost(self) -> bool:
        """Whether it was dead when commits were lost, and nobody has told since."""
        return self.letter is not None and bool(self.letter["lost"])

    @property
    def settled(self) -> str:
        """What it is instead of dead, and who made it that."""
        words = f"the event is {self.event['state']}, not dead"
        if self.past is None or self.past["closed_by"] is None:
            return words
        at = self.past["closed_at"].replace(" ", "T")
        return f"{words}: its letter was {self.past['state']} by {self.past['closed_by']} at {at}Z"


@dataclass(slots=True)
class Deed:
    """What carries a wish out; `lists` are those of `requests/carry_out`."""

    lists: dict[str, list[Row]] = field(default_factory=dict)
    old: str | None = None
    new: str | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing is done, for this reason; `failed` where the wish itself makes no sense."""

    why: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class NotYet:
    """An event of its key runs: the wish waits for it."""


Answer = Deed | Refused | NotYet


def about_letter(verb: str, wish: Mapping[str, Any], found: Letter, order_of: OrderOf) -> Answer:
    """What becomes of a dead letter."""
    if found.letter is None or found.event["state"] != "dead":
        return Refused(found.settled)
    if verb != "resolve" and found.letter["reason"] == "unknown":
        return Refused(RESOLVE_FIRST)
    match verb:
        case "skip":
            return _skip(found)
        case "discard":
            return _end(found, "discarded", 409)
        case "resolve":
            return _resolve(wish, found)
        case "replay":
            return _replay(wish, found, order_of)
        case _:
            return Refused(f"{verb} is no verb for a letter", failed=True)


def about_key(verb: str, key: Row) -> Answer:
    """Hold a key, or let it go on."""
    held = bool(key["held"])
    if verb == "hold" and not held:
        return _marked(key, "holds", held=True)
    if verb == "release" and held:
        return _marked(key, "releases", held=False)
    if verb not in ("hold", "release"):
        return Refused(f"{verb} is no verb for a key", failed=True)
    return Refused("the key is held already" if held else "nobody holds the key")


def _marked(key: Row, name: str, *, held: bool) -> Deed:
    old, new = canon.text({"held": not held}), canon.text({"held": held})
    return Deed({name: [{"key_id": key["id"]}]}, old, new)


def _skip(found: Letter) -> Answer:
    if found.row is None:
        return Refused("it keeps no place in the queue: its key goes on already")
    return Deed(_leaving(found), *_change(holds=(True, False)))


def _end(found: Letter, state: str, status: int) -> Deed:
    lists = _leaving(found) | {
        "ends": [
            {
                "event_id": found.event["id"],
                "state": state,
                "answer_status": status if found.event["kind"] == "command" else None,
                "ended_by": None,
            }
        ],
        "letters": [_letter(found, "resolved" if state == "applied" else state)],
    }
    return Deed(lists, *_change(state=("dead", state)), ended=True)


def _resolve(wish: Mapping[str, Any], found: Letter) -> Answer:
    applied = wish.get("applied")
    if not isinstance(applied, bool):
        return Refused("say whether it was applied or not", failed=True)
    if applied:
        return _applied(found)
    if not (found.untold or found.lost or found.doubted):
        return Refused("its outcome is known: it is an ordinary dead letter")
    reason = found.letter["reason"] if found.letter else None
    letters = [_letter(found, "open", NOT_APPLIED)]
    return Deed({"letters": letters}, *_change(letter=(reason, NOT_APPLIED)))


def _applied(found: Letter) -> Deed:
    event = found.event
    deed = _end(found, "applied", 200)
    if event["key_id"] is not None:
        places = {"key_id": event["key_id"], "head_id": event["head_id"], "seq": event["seq"]}
        deed.lists["applied"] = [places]
        deed.lists["outbox"] = [_message(event)]
    return deed


def _replay(wish: Mapping[str, Any], found: Letter, order_of: OrderOf) -> Answer:
    event = found.event
    bar = barred(found)
    if bar is not None:
        return bar
    order = order_of(event["source"], event["entity"])
    if order == "latest_wins":
        if overtaken(event, order):
            return _end(found, "superseded", 409)
    elif overtaken(event, order) and wish.get("out_of_order") is not True:
        return Refused(NEWER)
    lists = {"revived": [{"event_id": event["id"]}], "letters": [_letter(found, "replayed")]}
    lists |= returning(found, event["uuid"], order, look=found.lost or found.doubted)
    return Deed(lists, *_change(state=("dead", "pending")))


def barred(found: Letter) -> Refused | NotYet | None:
    """What keeps an event from its place in the queue."""
    if found.untold:
        return Refused(RESOLVE_FIRST)
    if found.event["key_id"] is None:
        return Refused("it never had a place in the queue: nothing could be read from it")
    if found.event["erased_at"] is not None:
        return Refused(ERASED)
    if RUNNING in found.busy:
        return NotYet()
    if UNKNOWN in found.busy:
        return Refused("an event of its key is of unknown outcome: wait for it, or resolve it")
    return None


def overtaken(event: Row, order: str) -> bool:
    """Whether a newer one of its entity, or under strict order of its key, was applied since."""
    newest = event["head_applied"] if order == "latest_wins" else event["key_applied"]
    return newest is not None and bool(event["seq"] < newest)


def returning(found: Letter, uuid: str, order: str, *, look: bool) -> dict[str, list[Row]]:
    """The event `uuid` at the place of the dead one: in the row that it kept, or in a new one.

    Args:
        look: whether the far side is looked at before anything is sent.
    """
    if found.row is not None:
        return {"again": [{"queue_id": found.row["id"], "look": int(look)}]}
    priority = PRIORITY.get(found.event["kind"], 100)
    merges = int(merging(found.event, order))
    row = {"uuid": uuid, "priority": priority, "merges": merges, "look": int(look)}
    return {"back": [row]}


def merging(event: Row, order: str) -> bool:
    """Whether it says all of its entity's state (ingest says the same of what comes in)."""
    return (
        order == "latest_wins"
        and event["operation"] != "delete"
        and event["kind"] != "command"
        and event["head_id"] is not None
    )


def _leaving(found: Letter) -> dict[str, list[Row]]:
    if found.row is None:
        return {}
    return {
        "leaves": [{"queue_id": found.row["id"]}],
        "freed": [{"key_id": found.event["key_id"]}],
    }


def _letter(found: Letter, state: str, reason: str | None = None) -> Row:
    letter = found.letter or {}
    return {"letter_id": letter["id"], "state": state, "reason": reason or letter["reason"]}


def _change(**changed: tuple[canon.Json, canon.Json]) -> tuple[str, str]:
    old = canon.text({name: before for name, (before, _) in changed.items()})
    return old, canon.text({name: after for name, (_, after) in changed.items()})


def _message(event: Row) -> Row:
    """What subscribers are told, as of any applied event; the values are not known here."""
    told: dict[str, canon.Json] = {
        "entity": event["entity"],
        "entity_id": event["entity_text"] or "",
        "event_id": event["uuid"],
        "new": None,
        "old": None,
        "operation": event["operation"],
        "source": event["source"],
    }
    return {
        "event_uuid": event["uuid"],
        "type": f"{event['entity'].replace('-', '_')}.applied",
        "subject": event["entity_text"],
        "key_id": event["key_id"],
        "data": canon.text(told),
        "trace": event["trace"],
    }
