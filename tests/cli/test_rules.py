"""`tidegate rules`: what is in force, what is wrong with a file, what a change would do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli import exits, rules
from tests.cli.conftest import Run
from tests.processor.bench import BEFORE_WORK, DROPPED, House
from tidegate.clock import ManualClock, SystemClock

MINE = '[[rules]]\nid = "busy"\ncode = "ServiceBusy"\nown_body = true\noutcome = "rejected"\n'
UNSAFE = '\n[[rules]]\nid = "hope"\nstatus = 502\noutcome = "retry"\n'


@pytest.fixture
def past(tmp_path: Path) -> Iterator[House]:
    """A house in whose record two writes failed, one of them twice, and one was applied."""
    house = House(tmp_path, clock=ManualClock(SystemClock().now()))
    house.far.answers["A"] += [BEFORE_WORK, BEFORE_WORK]
    house.far.answers["B"] += [DROPPED]
    for sku in "ABC":
        house.post(sku)
    house.run(20, 1.0)
    yield house
    house.close()


def simulated(run: Run, folder: Path, *more: object) -> Any:
    return run("rules", "simulate", "--dir", folder, "-o", "json", *more)


def test_the_rules_are_listed_in_the_order_in_which_they_are_asked(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "tidegate.toml").write_text(MINE)
    listed = run("rules", "list", "-o", "json").json
    assert [row["place"] for row in listed] == list(range(1, len(listed) + 1))
    assert (listed[0]["rule_id"], listed[0]["origin"]) == ("busy", "tidegate.toml")
    assert listed[0]["matches"] == {"code": "ServiceBusy", "own_body": True}
    assert listed[1]["origin"].startswith("shipped")


def test_a_sound_file_passes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text(MINE)
    ran = run("rules", "check", path)
    assert (ran.code, ran.out) == (exits.OK, "")
    assert "1 rules of the file" in ran.err


def test_an_unsafe_rule_is_named_with_its_place(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "tidegate.toml"
    path.write_text(MINE + UNSAFE)
    for command in (["check"], ["check", path]):
        ran = run("rules", *command)
        assert ran.code == exits.PROBLEM
        assert "tidegate.toml:7:" in ran.err
        assert "own_body = true" in ran.err


def test_today_s_rules_change_nothing_of_what_they_decided(run: Run, past: House) -> None:
    ran = simulated(run, past.pipe.folder)
    assert (ran.code, ran.json) == (exits.OK, [])
    assert "judged 3, changed 0, not told by the record 0" in ran.err


@pytest.mark.parametrize("page", [1, 2, 2000])
def test_a_new_rule_is_counted_by_what_it_would_change(
    run: Run, past: House, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(rules, "PAGE", page)
    path = past.pipe.folder / "new.toml"
    path.write_text(MINE)
    ran = simulated(run, past.pipe.folder, "--config", path)
    assert ran.json == [
        {
            "attempts": 2,
            "rule_id": "refused.own-body",
            "now_rule_id": "busy",
            "outcome": "retry",
            "now_outcome": "rejected",
        }
    ]


def test_what_lies_further_back_is_left_out(run: Run, past: House) -> None:
    past.execute("UPDATE sync_attempt SET opened_at = '2020-01-01 00:00:00.000000'")
    ran = simulated(run, past.pipe.folder, "--since", "30d")
    assert (ran.code, ran.json) == (exits.NOTHING, [])


def test_a_decision_of_a_rule_that_is_gone_cannot_be_told(run: Run, past: House) -> None:
    past.execute("UPDATE sync_attempt SET rule = 'gone' WHERE rule = 'refused.own-body'")
    assert "judged 1, changed 0, not told by the record 2" in simulated(run, past.pipe.folder).err


@pytest.mark.parametrize("since", ["7", "d", "0d", "7y", "999999999d"])
def test_a_time_that_is_none_is_a_wrong_usage(run: Run, past: House, since: str) -> None:
    assert simulated(run, past.pipe.folder, "--since", since).code == exits.USAGE
