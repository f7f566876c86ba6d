"""Who leads, for how long it may trust that, and how it ends; time moves when it is told."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sql.database import Document, Rows
from sql.faulty import FaultyDatabase, Odds
from sql.leadership import (
    AFTER_DEPOSED,
    AFTER_FAILURE,
    BEAT_EVERY,
    STALE_AFTER,
    TRUST,
    TRY_EVERY,
    Leadership,
)
from tests.processor.bench import cut
from tidegate.clock import ManualClock
from tidegate.ids import seeded_ids
from tidegate.testing import migrated


class Lock:
    """A lock that one of many holds."""

    holder: Lock | None = None

    def __init__(self) -> None:
        self.tries = 0

    def try_acquire(self) -> bool:
        self.tries += 1
        if Lock.holder is None:
            Lock.holder = self
        return Lock.holder is self

    def held(self) -> bool:
        return Lock.holder is self

    def close(self) -> None:
        if Lock.holder is self:
            Lock.holder = None


class Stage:
    """A database with candidates on it."""

    def __init__(self, folder: Path) -> None:
        Lock.holder = None
        self.clock = ManualClock()
        self.db = migrated(folder / "stage.sqlite", self.clock)
        self.odds: dict[str, Odds] = {}
        self.faulty = FaultyDatabase(self.db, random.Random(1), self.odds)
        self.ids = seeded_ids(self.clock, random.Random(1))
        self.start = self.epoch()

    def candidate(self, name: str) -> Leadership:
        made = Leadership(self.faulty, "sync", Lock(), self.clock, self.ids, name)
        made.step(self.clock.monotonic())
        return made

    def pass_time(self, seconds: float, *candidates: Leadership, every: float = 0.25) -> None:
        for _ in range(round(seconds / every)):
            self.clock.advance(every)
            for each in candidates:
                each.step(self.clock.monotonic())

    def epoch(self) -> int:
        return int(self.db.read("leader/observe", {"name": "sync"})["leader"][0]["epoch"])

    def terms(self) -> int:
        return self.epoch() - self.start

    def execute(self, sql: str) -> None:
        with self.db.engine.begin() as connection:
            connection.exec_driver_sql(sql)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    with closing(made.db):
        yield made


def test_the_winner_of_the_lock_raises_the_epoch_once(stage: Stage) -> None:
    one = stage.candidate("one")
    stage.pass_time(60, one)
    assert one.term is not None
    assert stage.terms() == 1


def test_a_live_beat_is_never_overtaken(stage: Stage) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    stage.pass_time(120, one, two)
    assert (one.term is not None, two.term, stage.terms()) == (True, None, 1)


def test_a_leader_that_dies_is_followed_at_once(stage: Stage) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    one.close()
    stage.pass_time(2 * TRY_EVERY, two)
    assert two.term is not None
    assert stage.terms() == 2


def test_a_leader_that_froze_with_its_lock_is_overtaken_after_15_s_of_the_standby_s_clock(
    stage: Stage,
) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    stage.pass_time(STALE_AFTER - 0.5, two)
    assert two.term is None
    stage.pass_time(1.0, two)
    assert (two.term is not None, one.term is not None) == (True, True)


def test_a_beat_that_moves_starts_the_15_s_anew(stage: Stage) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    stage.pass_time(STALE_AFTER - 1, two)
    one.step(stage.clock.monotonic())
    stage.pass_time(STALE_AFTER - 1, two)
    assert two.term is None
    stage.pass_time(2.0, two)
    assert two.term is not None


def test_a_standby_that_comes_late_waits_its_own_15_s(stage: Stage) -> None:
    stage.candidate("one")
    stage.clock.advance(300.0)
    two = stage.candidate("two")
    assert two.term is None


def test_a_standby_that_froze_while_it_looked_has_seen_the_beat_only_now(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    read = stage.faulty.read

    def frozen(name: str, doc: Document) -> Rows:
        stage.pass_time(STALE_AFTER * 2, one)
        return read(name, doc)

    monkeypatch.setattr(stage.faulty, "read", frozen)
    stage.pass_time(0.25, two)
    monkeypatch.undo()
    stage.pass_time(1.0, two)
    assert (one.term is not None, two.term) == (True, None)


def test_the_age_of_the_row_by_the_database_s_clock_does_not_count(stage: Stage) -> None:
    stage.candidate("one")
    stage.execute("UPDATE leader SET beat_at = '2001-01-01 00:00:00.000000'")
    two = stage.candidate("two")
    stage.pass_time(STALE_AFTER - 1, two)
    assert two.term is None


def test_who_sleeps_through_its_term_steps_down_at_its_next_beat(stage: Stage) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    stage.pass_time(STALE_AFTER + 1, two)
    one.step(stage.clock.monotonic())
    assert (one.term, two.term is not None) == (None, True)
    assert one.wake_at == stage.clock.monotonic() + AFTER_DEPOSED


def both_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[Leadership]:
    """Two standbys that have seen the same beat, and act on it at the same moment."""
    stage.candidate("one")
    standbys = [stage.candidate("two"), stage.candidate("three")]
    seen = standbys[0]._observe()
    monkeypatch.setattr(Leadership, "_observe", lambda self: seen)
    stage.clock.advance(STALE_AFTER)
    for each in standbys:
        each.step(stage.clock.monotonic())
    return [each for each in standbys if each.term is not None]


def test_of_two_standbys_that_saw_the_same_beat_one_wins(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(both_at_once(stage, monkeypatch)) == 1
    assert stage.terms() == 2


def test_without_the_compare_on_what_was_seen_both_would_win(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(monkeypatch, "AND epoch = :seen_epoch AND beat = :seen_beat")
    assert len(both_at_once(stage, monkeypatch)) == 2


def beat(stage: Stage) -> int:
    return int(stage.db.read("leader/observe", {"name": "sync"})["leader"][0]["beat"])


def test_it_may_send_for_ten_seconds_after_a_confirmed_beat(stage: Stage) -> None:
    one = stage.candidate("one")
    stage.clock.advance(TRUST - 0.01)
    assert one.may_send()
    stage.clock.advance(0.01)
    assert not one.may_send()


def test_a_beat_counts_from_before_its_transaction_began(stage: Stage) -> None:
    one = stage.candidate("one")
    began = stage.clock.boottime()
    stage.clock.advance(6.0)
    one.confirm(began)
    stage.clock.advance(TRUST - 6.0)
    assert not one.may_send()


def test_a_late_confirmation_of_an_early_beat_takes_nothing_back(stage: Stage) -> None:
    one = stage.candidate("one")
    stage.clock.advance(5.0)
    one.confirm(stage.clock.boottime())
    one.confirm(stage.clock.boottime() - 5.0)
    stage.clock.advance(TRUST - 1.0)
    assert one.may_send()


def test_without_a_term_nothing_may_be_sent(stage: Stage) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    assert not two.may_send()
    one.step_down("a test")
    assert not one.may_send()


def overtaken_by_the_lock(stage: Stage) -> tuple[Leadership, Leadership]:
    """A leader whose lock was freed while it lives, and who now has it."""
    one = stage.candidate("one")
    Lock.holder = None
    return one, stage.candidate("two")


def test_a_leader_whose_lock_was_freed_sends_nothing_more(stage: Stage) -> None:
    one, two = overtaken_by_the_lock(stage)
    assert (one.term is not None, one.may_send(), two.may_send()) == (True, False, True)


def believing_in_its_lock(stage: Stage) -> tuple[Leadership, Leadership]:
    """A leader, and one that had the lock before it, lost it, and does not know yet."""
    one, two = stage.candidate("one"), stage.candidate("two")
    two._locked = True
    stage.pass_time(1.0, two)
    return one, two


def test_a_standby_whose_lock_was_freed_deposes_nobody(stage: Stage) -> None:
    one, two = believing_in_its_lock(stage)
    assert (two.term, one.may_send()) == (None, True)


def test_without_a_look_at_it_a_standby_would_depose_who_may_still_send(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lock, "held", lambda _: True)
    one, two = believing_in_its_lock(stage)
    assert [each.may_send() for each in (one, two)] == [True, True]


def test_who_finds_on_sending_that_its_lock_is_gone_leads_no_more(stage: Stage) -> None:
    one = stage.candidate("one")
    looked = one.step(stage.clock.monotonic())
    Lock.holder = None
    assert looked is not None
    assert one.step(stage.clock.monotonic()) is looked
    assert not one.may_send()
    assert one.step(stage.clock.monotonic()) is None


def test_without_the_look_at_its_lock_two_would_send(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lock, "held", lambda _: True)
    assert [each.may_send() for each in overtaken_by_the_lock(stage)] == [True, True]


def test_a_leader_that_finds_its_lock_freed_steps_down_and_may_have_it_again(stage: Stage) -> None:
    one = stage.candidate("one")
    first = one.term
    Lock.holder = None
    stage.pass_time(BEAT_EVERY + AFTER_FAILURE, one)
    assert one.term not in (None, first)
    assert (one.may_send(), stage.terms()) == (True, 2)


def test_a_leader_that_never_had_the_lock_sends_by_its_beat_alone(stage: Stage) -> None:
    two = (stage.candidate("one"), stage.candidate("two"))[1]
    stage.pass_time(STALE_AFTER + 1, two)
    assert (two.term is not None, two.may_send()) == (True, True)


def test_a_failing_beat_is_a_step_down_that_lets_the_lock_go_and_waits(stage: Stage) -> None:
    one = stage.candidate("one")
    stage.odds["leader/beat"] = Odds(before=1.0)
    stage.pass_time(BEAT_EVERY, one)
    assert (one.term, Lock.holder) == (None, None)
    assert one.wake_at == stage.clock.monotonic() + AFTER_FAILURE
    stage.odds.clear()
    stage.pass_time(AFTER_FAILURE, one)
    assert one.term is not None
    assert stage.terms() == 2


def test_a_released_leader_waits_five_seconds_so_that_another_may_follow(stage: Stage) -> None:
    one = stage.candidate("one")
    stage.execute("UPDATE leader SET epoch = epoch + 1, token = 'released' WHERE name = 'sync'")
    stage.pass_time(BEAT_EVERY, one)
    assert one.term is None
    stage.pass_time(AFTER_DEPOSED - 0.5, one)
    assert one.term is None
    stage.pass_time(1.0, one)
    assert one.term is not None


def test_who_won_by_a_stale_beat_goes_on_trying_for_the_lock(stage: Stage) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    stage.pass_time(STALE_AFTER + 1, two)
    one.close()  # the frozen one died at last
    stage.pass_time(BEAT_EVERY + 0.25, two)
    three = stage.candidate("three")
    stage.pass_time(10, two, three)
    assert (two.term is not None, three.term) == (True, None)
    assert stage.terms() == 2


def test_the_lock_of_a_leader_that_never_had_it_says_nothing_of_its_death(stage: Stage) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    stage.pass_time(STALE_AFTER + 1, two)
    one.close()  # the frozen one died at last, and another comes before the leader looks
    three = stage.candidate("three")
    assert (two.term is not None, three.term, stage.terms()) == (True, None, 2)
    stage.pass_time(10, two, three)
    assert stage.terms() == 2


def test_under_load_too_a_leader_without_the_lock_tries_for_it(stage: Stage) -> None:
    one, two = stage.candidate("one"), stage.candidate("two")
    stage.pass_time(STALE_AFTER + 1, two)
    one.close()
    for _ in range(20):
        stage.pass_time(0.25, two)
        two.confirm(stage.clock.boottime())
    two.close()
    three = stage.candidate("three")
    assert three.term is not None


def test_a_leader_that_dies_without_the_lock_is_followed_after_15_s(stage: Stage) -> None:
    two = (stage.candidate("one"), stage.candidate("two"))[1]
    stage.pass_time(STALE_AFTER + 1, two)
    stage.execute("UPDATE leader SET beat = beat + 1")
    Lock.holder = None
    three = stage.candidate("three")
    stage.pass_time(STALE_AFTER - 0.5, three)
    assert three.term is None
    stage.pass_time(1.0, three)
    assert three.term is not None


def test_a_leader_of_another_schema_leads_no_more(stage: Stage) -> None:
    one = stage.candidate("one")
    stage.execute("UPDATE leader SET schema_no = schema_no + 1")
    stage.pass_time(30, one)
    assert one.term is None
    assert stage.terms() == 1


def test_two_terms_of_one_process_have_different_tokens(stage: Stage) -> None:
    one = stage.candidate("one")
    first = one.term
    one.step_down("a test")
    stage.pass_time(AFTER_FAILURE, one)
    assert first is not None
    assert one.term is not None
    assert first.token != one.term.token


def test_an_idle_leader_beats_every_two_seconds(stage: Stage) -> None:
    one = stage.candidate("one")
    before = beat(stage)
    stage.pass_time(20, one)
    assert beat(stage) - before == 20 / BEAT_EVERY
