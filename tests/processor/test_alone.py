"""What a lane has settled with its effect is not settled again, and is told all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from erp.failure import SqlFarError
from sql.database import Database
from sql.seal import verify
from tests.processor.test_shadow import of_products
from tidegate.adapter import Capability, Command, Repeat
from tidegate.config import Config
from tidegate.errors import Deposed, FarError, SendRefused
from tidegate.outcome import Applied, CannotTell, Finding
from tidegate.testing import Pipeline

RECORD = {"item_id": "1", "sku": "A", "name": "Disk"}


class InTheHouse:
    """An adapter whose effect is the settlement's own transaction."""

    def __init__(self) -> None:
        self.commands: Mapping[str, Capability] = {"items.upsert": Capability(Repeat.TRANSACTIONAL)}
        self.db: Database
        self.runs = 0
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    def apply(self, command: Command, effect_key: UUID) -> Applied:
        applied = Applied(None, dict(command.values))
        command.sending(b"EXEC", None)
        document = command.settling(applied)
        self.runs += 1
        self.before()
        try:
            self.db.run("queue/settle", document)
        except Deposed as error:
            raise SqlFarError(str(error), sent=False, phase="pool") from error
        self.after()
        return applied

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        return CannotTell()

    def health(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def far() -> InTheHouse:
    return InTheHouse()


@pytest.fixture
def build(tmp_path: Path, far: InTheHouse) -> Iterator[Callable[..., Pipeline]]:
    made: list[Pipeline] = []

    def _build(config: Config | None = None) -> Pipeline:
        made.append(Pipeline(tmp_path, far, config=config))
        far.db = made[-1].db
        return made[-1]

    yield _build
    assert verify(made[0].db) == []
    made[0].close()


def rows(pipe: Pipeline, sql: str, *given: Any) -> list[dict[str, Any]]:
    with pipe.db.engine.connect() as connection:
        return [dict(row) for row in connection.exec_driver_sql(sql, given).mappings()]


def counted(pipe: Pipeline) -> dict[str, Any]:
    [row] = rows(
        pipe,
        "SELECT (SELECT COUNT(*) FROM sync_attempt) AS attempts, "
        "(SELECT COUNT(*) FROM outbox) AS told, (SELECT COUNT(*) FROM audit_trail) AS changes, "
        "(SELECT COUNT(*) FROM sync_queue) AS queued",
    )
    return row


def test_it_is_settled_once_and_whoever_waits_is_told(
    build: Callable[..., Pipeline], far: InTheHouse
) -> None:
    pipe = build()
    event = pipe.post(RECORD).event_id
    pipe.run(10)
    assert pipe.event(event)["state"] == "applied"
    assert counted(pipe) == {"attempts": 1, "told": 1, "changes": 1, "queued": 0}
    assert (pipe.settled, far.runs, pipe.drain.running) == ([str(event)], 1, 0)


def test_an_end_that_nobody_heard_of_is_found_settled_and_not_repeated(
    build: Callable[..., Pipeline], far: InTheHouse
) -> None:
    pipe = build()

    def dropped() -> None:
        raise FarError("dropped", sent=True, phase="dropped")

    far.after = dropped
    event = pipe.post(RECORD).event_id
    pipe.run(20, 1.0)
    assert (pipe.event(event)["state"], far.runs) == ("applied", 1)
    assert counted(pipe) == {"attempts": 1, "told": 1, "changes": 1, "queued": 0}


def test_an_end_before_the_commit_is_repeated_without_a_look(
    build: Callable[..., Pipeline], far: InTheHouse
) -> None:
    pipe = build()

    def dropped() -> None:
        far.before = lambda: None
        raise FarError("dropped", sent=True, phase="dropped")

    far.before = dropped
    event = pipe.post(RECORD).event_id
    pipe.run(20, 1.0)
    assert (pipe.event(event)["state"], far.runs) == ("applied", 2)
    assert counted(pipe)["told"] == 1


def test_a_lane_of_a_term_that_is_over_changes_nothing(
    build: Callable[..., Pipeline], far: InTheHouse
) -> None:
    pipe = build()

    def deposed() -> None:
        with pipe.db.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE leader SET token = 'x' WHERE name = 'sync'")

    far.before = deposed
    pipe.post(RECORD)
    pipe.run(5)
    assert counted(pipe) == {"attempts": 1, "told": 0, "changes": 0, "queued": 1}


def test_a_successor_that_ran_it_meanwhile_leaves_the_late_run_nothing(
    build: Callable[..., Pipeline], far: InTheHouse
) -> None:
    pipe = build()
    successor, drain = pipe.processor("two")

    def frozen() -> None:
        far.before = lambda: None
        for _ in range(60):
            drain.step(pipe.clock.monotonic())
            pipe.clock.advance(1.0)
        assert successor.term is not None

    far.before = frozen
    event = pipe.post(RECORD).event_id
    pipe.run(5)
    assert (pipe.event(event)["state"], far.runs, pipe.leadership.term) == ("applied", 2, None)
    assert counted(pipe)["told"] == 1
    successor.close()


def test_what_stays_although_it_was_not_settled_is_never_repeated(
    build: Callable[..., Pipeline], far: InTheHouse
) -> None:
    pipe = build()

    def committed() -> None:
        raise SqlFarError("its effect stays", sent=True, sqlstate="transaction_ended", stays=True)

    far.before = committed
    pipe.post(RECORD)
    pipe.run(20, 1.0)
    assert (far.runs, rows(pipe, "SELECT reason FROM dead_letter")) == (1, [{"reason": "unknown"}])


def test_a_shadow_runs_no_procedure(build: Callable[..., Pipeline], far: InTheHouse) -> None:
    pipe = build(of_products("shadow"))
    event = pipe.post(RECORD).event_id
    pipe.run(10)
    assert (pipe.event(event)["state"], far.runs) == ("discarded", 0)


def test_outside_a_term_nobody_settles() -> None:
    with pytest.raises(SendRefused):
        Command("items.upsert", "A", {}).settling(Applied())
