"""`tidegate report`: lists the views, shows one in four forms, guesses at a wrong name."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli import exits
from cli.report import spark
from sql.views import VIEWS
from tests.cli.conftest import Run, with_schema
from tests.e2e.wait import eventually


@pytest.fixture
def there(run: Run, tmp_path: Path) -> Path:
    """A folder with an empty house's database."""
    with_schema(tmp_path)
    return tmp_path


def test_without_a_name_the_views_are_listed_with_a_line_each(run: Run) -> None:
    ran = run("report", "-o", "json")
    assert [row["view"] for row in ran.json] == [name.removeprefix("v_") for name in VIEWS]
    assert all(row["about"] for row in ran.json)


def test_the_flow_has_sparklines_for_people_and_none_for_programs(run: Run, there: Path) -> None:
    table = run("report", "flow", "--dir", there)
    assert table.code == exits.OK
    for name in ("received", "applied", "failed", "dead"):
        assert any(line.startswith(name) for line in table.out.splitlines())
    rows = run("report", "flow", "--dir", there, "-o", "json").json
    assert len(rows) == 60
    assert set(rows[0]) == {"minute", "received", "applied", "failed", "dead", "partial"}


def test_lines_of_json_and_csv_hold_the_same(run: Run, there: Path) -> None:
    lines = run("report", "v_leader", "--dir", there, "-o", "jsonl").out.splitlines()
    parsed = list(
        csv.DictReader(run("report", "leader", "--dir", there, "-o", "csv").out.split("\n"))
    )
    assert [json.loads(line)["role"] for line in lines] == ["relay", "sync"]
    assert [row["role"] for row in parsed] == ["relay", "sync"]
    assert set(parsed[0]) == set(json.loads(lines[0]))


def test_where_there_are_no_rows_csv_has_its_head_and_a_person_is_told(
    run: Run, there: Path
) -> None:
    assert run("report", "queue_age", "--dir", there, "-o", "csv").out == (
        "target,oldest_eligible_age_s,oldest_age_s,eligible\n"
    )
    ran = run("report", "queue_age", "--dir", there)
    assert (ran.code, "no rows" in ran.err) == (exits.OK, True)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["quue_age"], "did you mean 'queue_age'?"),
        (["event_timeline"], "--event ID"),
        (["leader", "--since", "2h"], "leave --since out"),
        (["flow", "--since", "yesterday"], "no time like"),
    ],
)
def test_what_cannot_be_reported_is_a_usage_error(
    run: Run, there: Path, args: list[str], words: str
) -> None:
    ran = run("report", *args, "--dir", there)
    assert (ran.code, ran.out) == (exits.USAGE, "")
    assert words in ran.err


def test_a_wrong_name_is_told_before_a_database_is_looked_for(run: Run) -> None:
    assert run("report", "nonsense", "--dir", "nowhere").code == exits.USAGE
    assert run("report", "flow", "--dir", "nowhere").code == exits.UNREACHABLE


@pytest.mark.process
def test_a_watch_looks_again_until_it_is_interrupted(there: Path) -> None:
    seen = there / "seen"
    call = [sys.executable, "-m", "tidegate", "report", "leader", "--watch", "-o", "jsonl"]
    with seen.open("wb") as out:
        watch = subprocess.Popen(
            [*call, "--dir", str(there)], stdout=out, env=os.environ, cwd=Path(__file__).parents[2]
        )
        try:
            eventually("it looked twice", 30, lambda: seen.read_text().count("\n") >= 4 or None)
            watch.send_signal(signal.SIGINT)
            assert watch.wait(10) == exits.INTERRUPTED
        finally:
            watch.kill()


def test_the_highest_block_is_for_the_most_and_nothing_for_none() -> None:
    assert spark([0, 1, 50, 100]) == " ▁▅█"
    assert spark([0, 0]) == "  "
    assert spark([]) == ""
