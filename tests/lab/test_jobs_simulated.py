"""The simulation's jobs and edits: they come to their end, and what they must not do is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import processor.ramp
from lab.chaos.faults import Scripted
from lab.chaos.jobs import WHY
from lab.chaos.ledger import POISON, SICK
from lab.chaos.operators import WHO
from lab.chaos.patches import swapped
from lab.chaos.senders import Parcel
from lab.chaos.simulate import Simulation
from lab.chaos.world import Broken
from ops import bulk
from ops.bulk import Options
from sql.filters import Filter
from tidegate.telemetry import captured


class Ward:
    """A house with dead letters, each of a key of its own, and whoever acts on them."""

    def __init__(self, folder: Path) -> None:
        self.sim = Simulation(1, folder, Scripted())
        self.sim.house.start()

    def letters(self, *values: str) -> None:
        for number, value in enumerate(values):
            stamp = f"2026-11-20T00:{number:02}:00Z"
            self.sim.senders.send(Parcel("stock", f"k{number}", value, stamp))
        self.pass_time(20.0)
        assert self.states() == ["dead"] * len(values)

    def replay(self, options: Options | None = None) -> None:
        house = self.sim.house
        bulk.ask(house.db(), house.ids, WHO, "replay", Filter(), WHY, options, every=True)

    def pass_time(self, seconds: float) -> None:
        self.sim.world.run_until(self.sim.world.now + seconds)

    def states(self) -> list[str]:
        return [row["state"] for row in self.sim.oracle.rows("SELECT state FROM inbox ORDER BY id")]

    def jobs(self) -> list[dict[str, Any]]:
        rows = self.sim.oracle.rows("SELECT * FROM operator_request WHERE event_uuid IS NULL")
        return [dict(row) for row in rows]

    def change(self, sql: str) -> None:
        with self.sim.db.engine.begin() as connection:
            connection.exec_driver_sql(sql)


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    with captured():
        made = Ward(tmp_path)
        yield made
        made.sim.close()


def test_a_job_replays_what_is_cured_and_the_rest_dies_again(ward: Ward) -> None:
    ward.letters(f"{SICK}-1", f"{POISON}-2", f"{SICK}-3")
    ward.sim.ledger.cured |= {f"{SICK}-1", f"{SICK}-3"}
    ward.replay(Options(ramp=(1,)))
    ward.sim.rest()
    assert sorted(ward.states()) == ["applied", "applied", "dead"]
    assert [(job["state"], job["changed"], job["failed"]) for job in ward.jobs()] == [
        ("done", 3, 1)
    ]


def test_a_paused_job_is_resumed_before_all_comes_to_rest(ward: Ward) -> None:
    ward.letters(f"{POISON}-1", f"{POISON}-2")
    ward.replay(Options(ramp=(1,), stop_at_percent=50))
    ward.pass_time(10.0)
    assert [job["state"] for job in ward.jobs()] == ["paused"]
    ward.sim.rest()
    assert "done" in {job["state"] for job in ward.jobs()}


def test_an_edited_letter_has_one_event_in_its_place(ward: Ward) -> None:
    ward.letters(f"{POISON}-1")
    # Its first value may be one that the far side takes as little.
    while "applied" not in ward.states():
        ward.sim.jobs.edit()
        ward.pass_time(20.0)
    ward.sim.rest()
    assert set(ward.states()[:-1]) == {"superseded"}


def test_two_events_in_the_place_of_one_are_seen(ward: Ward) -> None:
    ward.letters(f"{POISON}-1", f"{POISON}-2")
    ward.sim.jobs.edit()
    ward.pass_time(20.0)
    ward.change(
        "UPDATE inbox SET edited_from = (SELECT edited_from FROM inbox ORDER BY id DESC LIMIT 1)"
        " WHERE id IN (SELECT id FROM inbox WHERE edited_from IS NULL AND state = 'dead')"
    )
    with pytest.raises(Broken, match="one event in its place"):
        ward.sim.job_promises.at_rest()


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE operator_request SET changed = changed - 1, skipped = skipped + 1",
        "UPDATE operator_request SET matched = matched + 1",
        "UPDATE operator_request SET state = 'failed'",
        "UPDATE dead_letter SET state = 'open'",
    ],
)
def test_a_job_whose_account_is_wrong_is_seen(ward: Ward, wrong: str) -> None:
    ward.letters(f"{SICK}-1")
    ward.sim.ledger.cured.add(f"{SICK}-1")
    ward.replay()
    ward.sim.rest()
    ward.change(wrong)
    with pytest.raises(Broken, match="nothing is dropped silently"):
        ward.sim.job_promises.at_rest()


def test_an_event_that_one_job_sends_twice_is_seen(ward: Ward) -> None:
    ward.letters(f"{POISON}-1")
    ward.replay()
    ward.pass_time(20.0)
    job, first = ward.jobs()[0]["id"], {"request_id": 1, "state": "replayed", "letter_id": 1}
    doc = {"asked": [], "jobs": [], "letters": [first | {"request_id": job}]}
    with pytest.raises(Broken, match="a job sends an event once"):
        ward.sim.job_promises.committed("requests/carry_out", doc)


def _all_at_once(self: Any, _limits: Any, _now: float) -> int:
    return processor.ramp.MOST_OUT - len(self.out)


def _waits_for_nobody(self: Any, limits: Any) -> None:
    if self.stage < len(limits.ramp) and self.sent >= limits.ramp[self.stage]:
        self.stage += 1
        self.begin_stage()


@pytest.mark.parametrize(("name", "other"), [("room", _all_at_once), ("judge", _waits_for_nobody)])
def test_a_ramp_that_holds_nothing_back_is_seen(
    ward: Ward, name: str, other: Callable[..., object]
) -> None:
    ward.letters(f"{POISON}-1", f"{POISON}-2", f"{POISON}-3")
    ward.replay(Options(ramp=(1, 1)))
    with (
        swapped(processor.ramp.Progress, name, other),
        pytest.raises(Broken, match="the ramp"),
    ):
        ward.pass_time(20.0)
