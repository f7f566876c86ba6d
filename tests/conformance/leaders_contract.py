"""What leaders of every database must bear: a clock that steps, a copy older than they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from ops.recovery import recover
from ops.who import Who
from sql.leadership import BEAT_EVERY, TRY_EVERY, Leadership
from sql.tables import metadata
from sql.tables.base import SCHEMA_NO
from tests.processor.bench import BEFORE_WORK, DROPPED, House, Stuck
from tidegate.errors import FarError

ANN = Who("cli:ann", "cli", "desk")
DOWN = FarError("no route", sent=False, phase="connect")
Copy = Mapping[str, Sequence[Mapping[Any, Any]]]


class LeadersContract:
    """Steps of the database's clock, and a restore under a leader."""

    @pytest.mark.parametrize("hours", [-5, 5])
    def test_a_clock_that_steps_deposes_nobody_and_loses_and_doubles_nothing(
        self, house: House, hours: int
    ) -> None:
        for key in "AB":
            house.far.answers[key].extend([BEFORE_WORK, DROPPED, DOWN])
        events = [house.post(key, name) for key in "ABC" for name in ("one", "two")]
        house.run(3)
        assert (term := house.pipe.leadership.term) is not None
        standby, _ = house.pipe.processor("standby")
        standby.step(house.clock.monotonic())
        house.clock._now += timedelta(hours=hours)
        events += [house.post(key, "three") for key in "ABC"]
        looks_again(standby, house)
        house.run(20)
        house.clock._now -= timedelta(hours=hours)
        looks_again(standby, house)
        house.run(100, 600.0)
        assert {house.state(each) for each in events} == {"applied"}
        for key in "ABC":
            assert [name for of, name in house.far.effects if of == key] == ["one", "two", "three"]
        assert (house.pipe.leadership.term, standby.term) == (term, None)

    def test_a_leader_is_deposed_by_an_older_copy_whose_epoch_repeats(self, house: House) -> None:
        event = house.post("A")
        older = copied(house.db.engine)
        old, drain = house.pipe.processor("old", lanes := Stuck())
        for _ in range(3):
            drain.step(house.clock.monotonic())
        assert old.term is not None
        assert len(lanes.jobs) == 1
        restored(house.db.engine, older)
        assert raised(house) == old.term.epoch
        lanes.run()
        house.clock.advance(BEAT_EVERY)
        old.step(house.clock.monotonic())
        assert not old.may_send()
        drain.step(house.clock.monotonic())
        assert house.state(event) == "pending"
        # What it had sent by then is found by who looks first.
        found = recover(house.db, ANN, "c", house.clock.now(), "an older copy")
        assert found["looked_up_first"] == 1
        house.until("applied", event, 60)
        assert len(house.far.effects) == 1


def looks_again(standby: Leadership, house: House) -> None:
    """It sees what stands there now, and may act on it."""
    house.clock.advance(TRY_EVERY)
    standby.step(house.clock.monotonic())


def raised(house: House) -> int:
    """Another leads the copy; its epoch."""
    seen = house.db.read("leader/observe", {"name": "sync"})["leader"][0]
    asked = {"name": "sync", "seen_epoch": seen["epoch"], "seen_beat": seen["beat"]}
    asked |= {"token": "t" * 32, "holder": "two", "locked": 0, "schema_no": SCHEMA_NO}
    return int(house.db.run("leader/raise", asked)["term"][0]["epoch"])


def copied(engine: Engine) -> Copy:
    """Every row, as it is."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(table)).mappings().all()
            for table in metadata.sorted_tables
        }


def restored(engine: Engine, copy: Copy) -> None:
    """Put every row back, and nothing else."""
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
            rows = [dict(row) for row in copy[table.name]]
            if rows:
                connection.execute(table.insert(), rows)
