"""A replay of many of 1,000 dead letters: it stops by its rule, survives kills, ends exact."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.house import House, Process
from tests.e2e.wait import eventually, measured
from tests.processor.bench import Scripted
from tidegate.clock import ManualClock, SystemClock
from tidegate.outcome import Rejected
from tidegate.testing import Pipeline, arrival

pytestmark = [pytest.mark.process, pytest.mark.timeout(90)]

CLASSES = ("price", "vendor", "unit", "blocked", "posting")
EACH = 200
X = "price"
WHY = ("--reason", "the price list is mended", "--yes", "-o", "json")


def dead_letters(house: House, many: int) -> dict[str, list[str]]:
    """Let every event be refused, as an ERP would; ids by error class."""
    clock = ManualClock(SystemClock().now())
    far = Scripted(clock)
    pipe = Pipeline(house.dir, far, clock=clock)
    records = {error: [record(error, n) for n in range(many)] for error in CLASSES}
    made: dict[str, list[str]] = {}
    for error, items in records.items():
        for each in items:
            far.answers[each["sku"]].append(Rejected("refused", error))
        accepted = pipe.accept([arrival(pipe.ids, pipe.config, each) for each in items])
        made[error] = [str(each.event_id) for each in accepted]
    pipe.run(many * len(CLASSES) // 4 + 10)
    pipe.close()
    return made


def record(error: str, n: int) -> dict[str, Any]:
    stamp = "2026-11-20T10:00:00+0100"
    sku = f"{error.upper()}-{n}"
    return {"item_id": sku, "sku": sku, "name": sku, "rate": n, "last_modified_time": stamp}


def dead_house(house: House, many: int) -> dict[str, list[str]]:
    """A house with its letters; the sandbox runs, nobody leads yet."""
    house.dir.mkdir(parents=True)
    made = dead_letters(house, many)
    house.sandbox_alone()
    return made


def cli(house: House, name: str, *args: str) -> Process:
    """A command of an operator."""
    return Process(house.folder, name, [*args, "--dir", str(house.dir)], {}, forked=True)


def ran(house: House, name: str, *args: str, seconds: float = 60) -> tuple[int, dict[str, Any]]:
    """How a command of an operator ended, and the document that it printed."""
    process = cli(house, name, *args)
    code = eventually(f"{name} ends", seconds, process.ended)
    said = process.said()
    begins = said.find("\n{") + 1 if not said.startswith("{") else 0
    assert "{" in said[begins : begins + 1], said
    return code, json.JSONDecoder().raw_decode(said[begins:])[0]


def rows(house: House, sql: str, *given: Any) -> list[Any]:
    with closing(sqlite3.connect(f"file:{house.database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, given).fetchall()


def job_of(house: House) -> tuple[str, str, int]:
    found = rows(house, "SELECT uuid, state, changed FROM operator_request ORDER BY id LIMIT 1")[0]
    return found[0], found[1], found[2]


def leads(house: House, process: Process) -> bool | None:
    holder = rows(house, "SELECT holder FROM leader WHERE name = 'sync'")[0][0]
    return holder.endswith(f":{process.pid}") or None


def test_a_replay_stops_by_its_rule_survives_two_kills_and_ends_exact(parts: House) -> None:
    began, house, made = time.monotonic(), parts, dead_house(parts, EACH)
    first = house.processor("first")
    eventually("the first leads", 10, lambda: leads(house, first))
    house.processor("second")
    house.fault(status=400, times=100_000, probability=0.5, seed=0)
    flt = ("--error-class", X, "--ramp", "1,5,20", "--rate", "60", "--stop-at-error-rate", "30")
    code, job = ran(house, "replay", "dead-letters", "replay", *flt, *WHY)
    assert (code, job["state"], job["matched"]) == (5, "paused", EACH)
    stopped_at = job["changed"]
    assert stopped_at == 1 + 5, "it stops behind the second stage"
    assert job["failed"] * 100 >= 30 * 5

    resume = ("replays", "resume", job["request_id"], "--no-stop", "--reason", "half is fine")
    waiting = cli(house, "resume", *resume)
    sent = stopped_at + 30
    eventually("it goes on", 20, lambda: job_of(house)[2] >= sent or None)
    waiting.kill()
    eventually("without its CLI too", 20, lambda: job_of(house)[2] >= sent + 20 or None)
    first.kill()
    code, job = ran(house, "watch", "replays", "show", job["request_id"], "--watch", "-o", "json")

    assert (code, job["state"]) == (5, "done")
    assert (job["matched"], job["changed"], job["skipped"]) == (EACH, EACH, 0)
    ends = Counter(event_states(house, made[X]))
    assert job["ends"] == dict(ends)
    assert set(ends) == {"applied", "dead"}
    assert ends["dead"] == job["failed"]
    assert 0.3 < ends["dead"] / EACH < 0.7
    sent_once(house, made[X])
    untouched(house, [each for error in CLASSES[1:] for each in made[error]])
    ledger = [row["effect_key"] for row in house.ledger()]
    assert sorted(ledger) == sorted(e for e in made[X] if state(house, e) == "applied")
    measured(f"stopped after {stopped_at}, {dict(ends)}; {time.monotonic() - began:.1f} s")


def event_states(house: House, events: list[str]) -> list[str]:
    found = dict(rows(house, "SELECT uuid, state FROM inbox"))
    return [found[each] for each in events]


def state(house: House, event: str) -> str:
    return str(rows(house, "SELECT state FROM inbox WHERE uuid = ?", event)[0][0])


def sent_once(house: House, events: list[str]) -> None:
    """On record: each was replayed exactly once, and never written twice after that."""
    replayed = Counter(
        row[0]
        for row in rows(house, "SELECT event_uuid FROM audit_trail WHERE action = 'replay'")
        if row[0]
    )
    assert replayed == dict.fromkeys(events, 1)
    closed = rows(house, "SELECT event_uuid, state FROM dead_letter WHERE state = 'replayed'")
    assert Counter(row[0] for row in closed) == dict.fromkeys(events, 1)


def untouched(house: House, events: list[str]) -> None:
    assert set(event_states(house, events)) == {"dead"}
    others = "SELECT max(number) FROM sync_attempt a JOIN inbox i ON i.id = a.event_id"
    wanted = f"{others} WHERE i.entity_text NOT LIKE ?"
    assert rows(house, wanted, f"{X.upper()}-%") == [(1,)]


def test_of_two_operators_on_one_letter_one_wins_and_the_other_is_told(parts: House) -> None:
    house, event = parts, dead_house(parts, 1)[X][0]
    names = ("discard", "replay")
    both = [cli(house, each, "dead-letters", each, event, *WHY, "--no-wait") for each in names]
    for each in both:
        assert eventually(f"{each.name} ends", 20, each.ended) in (0, 3)
    house.processor("leader")
    eventually("both are answered", 20, lambda: answered(house) or None)
    changed = rows(house, "SELECT verb, changed, result FROM operator_request ORDER BY changed")
    (loser, _, words), (winner, won, _) = changed
    assert (won, {loser, winner}) == (1, set(names))
    end = "discarded" if winner == "discard" else "replayed"
    assert f"its letter was {end} by cli:" in words


def answered(house: House) -> bool:
    return rows(house, "SELECT count(*) FROM operator_request WHERE state = 'done'") == [(2,)]
