"""The bench verbs run, at tiny sizes: what they print is true, how fast it was is no matter."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli import bench_house
from cli.main import app, guarded
from lab.bench import filling
from lab.bench.drain import FILE, Behind, bench_drain
from lab.bench.ingest import BODY, HEADERS, PATH, _check_durable
from lab.bench.latency import bench_latency
from lab.bench.load import Round, request, send
from lab.bench.process import BenchFailed, child, serving
from tidegate.clock import SystemClock

pytestmark = pytest.mark.process


def test_ingest_prints_its_own_rate_beside_the_floors(capsys: pytest.CaptureFixture[str]) -> None:
    words = "bench ingest --connections 2 --seconds 0.2 --runs 1 --ceiling -o json"
    with pytest.raises(SystemExit) as ended:
        guarded(lambda: app(words.split()))
    assert ended.value.code == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert list(found) == ["per_s", "floor_per_s", "ratio", "connections", "durability"]
    assert found["per_s"] > 0
    assert found["floor_per_s"] > 0
    assert "ceiling" in printed.err


def test_a_drain_says_what_history_and_waiting_cost(tmp_path: Path) -> None:
    found = bench_drain(bench_house.drained, tmp_path, events=120, history=300, waiting=150, runs=1)
    assert found["history"] == 300
    assert found["waiting"] == 150
    assert min(found["per_s"], found["per_s_with_history"], found["per_s_with_waiting"]) > 0
    assert found["round_trips"]["claim"] >= 1
    assert found["round_trips"]["settle"] == 1


def test_latency_counts_every_event_to_its_end(tmp_path: Path) -> None:
    found = bench_latency(bench_house.serve_all, tmp_path, rate=20, seconds=0.5)
    assert 0 < found["p50_ms"] <= found["p99_ms"] <= found["max_ms"]


def house_of(folder: Path) -> Path:
    bench_house.drained(folder).stop()
    return folder / FILE


def count(path: Path, sql: str) -> Any:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchone()[0]


def test_those_that_wait_wait_behind_one_that_is_held(tmp_path: Path) -> None:
    path = house_of(tmp_path)
    filling.waiting(path, 1, 5)
    assert count(path, "SELECT COUNT(DISTINCT key_id) FROM sync_queue") == 1
    assert count(path, "SELECT group_concat(state) FROM sync_queue ORDER BY seq") == "5,1,1,1,1"


def test_history_leaves_nothing_to_do(tmp_path: Path) -> None:
    path = house_of(tmp_path)
    filling.history(path, 1, 7)
    assert count(path, "SELECT COUNT(*) FROM sync_attempt WHERE closed_at IS NOT NULL") == 7
    with closing(sqlite3.connect(path)) as connection:
        assert not filling.busy(connection)


def test_an_answer_that_is_no_success_ends_the_bench(tmp_path: Path) -> None:
    stranger = HEADERS | {"X-Webhook-Key": "not the key of this house"}
    with serving("house", bench_house.serve_house, tmp_path) as port:
        wanted = Round(port, request(PATH, stranger, BODY), 1, 0, 0.2)
        with pytest.raises(ValueError, match="401"):
            send(wanted, SystemClock())


def test_answers_that_are_not_on_disk_end_the_bench(tmp_path: Path) -> None:
    path = house_of(tmp_path)
    filling.history(path, 1, 3)
    _check_durable(path, 3)
    with pytest.raises(BenchFailed):
        _check_durable(path, 4)


def die(told: Any) -> None:
    raise SystemExit(1)


def test_a_process_that_dies_is_named(tmp_path: Path) -> None:
    with (
        child("sender", die, log=tmp_path / "log") as each,
        pytest.raises(BenchFailed, match="sender"),
    ):
        each.hear(20.0)


def test_a_case_starts_behind_its_own_rows() -> None:
    assert Behind("history", history=3, waiting=2).rows == 5
