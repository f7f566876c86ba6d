"""`tidegate dead-letters`: what is found and told, and which letters a verb is about."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cli import exits
from tests.cli.conftest import Ran, Run
from tests.ops.dead import Dead
from tests.processor.bench import House, blocking
from tidegate.clock import ManualClock, SystemClock

WHY = ("--reason", "because", "--yes")


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[Dead]:
    """Two letters of more than a day ago, one of an hour ago."""
    clock = ManualClock(SystemClock().now() - timedelta(hours=27))
    made = House(tmp_path, clock=clock, config=blocking())
    yield Dead(made)
    made.close()


@pytest.fixture
def letters(dead: Dead, run: Run) -> Run:
    """`tidegate dead-letters` on that database."""

    def call(*args: object) -> Ran:
        return run("dead-letters", *args, "--dir", dead.house.pipe.folder)

    return call


def test_a_summary_begins_with_how_many_how_old_and_how_many_keys(letters: Run) -> None:
    ran = letters("summary")
    assert ran.err.splitlines()[0] == "3 letters, the oldest 1 d old, 3 keys held"
    rows = [line.split() for line in ran.out.splitlines()]
    assert rows[0] == ["error", "all", *["1", "h", "3", "h", "24", "h", "3", "d", "7", "d"]]
    assert ["Application_Refused", "2", "0", "0", "0", "2", "2"] in rows


def test_a_summary_is_whole_as_json_and_its_rows_as_csv(letters: Run) -> None:
    found = letters("summary", "-o", "json").json
    assert (found["total"], found["keys_held"], len(found["classes"])) == (3, 3, 2)
    rows = list(csv.DictReader(io.StringIO(letters("summary", "-o", "csv").out)))
    assert {row["error_class"]: row["all"] for row in rows}["Application_Refused"] == "2"


def test_groups_are_told_by_digits_that_a_filter_takes(letters: Run) -> None:
    table = letters("groups").out
    digits = letters("groups", "-o", "json").json[0]["fingerprint"]
    assert digits[:12] in table
    assert digits not in table
    assert len(letters("list", "--fingerprint", digits[:12], "-o", "json").json) == 2


def test_one_filter_serves_every_list(letters: Run) -> None:
    for verb in ("summary", "groups", "list"):
        assert letters(verb, "--older-than", "25h", "--entity", "products").code == exits.OK
        ran = letters(verb, "--entity", "bills", "--entity", "items")
        assert ran.code == exits.NOTHING
        assert ran.err.endswith("tidegate: no dead letter matches\n")


def test_a_list_that_is_cut_says_how_to_go_on(letters: Run, dead: Dead) -> None:
    ran = letters("list", "-n", 2, "-o", "json")
    assert [row["event_id"] for row in ran.json] == [dead.c, dead.b]
    assert "3 letters, the oldest 1 d old" in ran.err
    assert f"--after {dead.b}" in ran.err
    rest = letters("list", "--after", dead.b, "-o", "json")
    assert [row["event_id"] for row in rest.json] == [dead.a]
    assert "--after" not in rest.err


def test_a_letter_is_shown_with_what_it_blocks_and_what_to_do(letters: Run, dead: Dead) -> None:
    ran = letters("show", dead.a)
    assert dead.behind in ran.out
    assert "attempt" in ran.out
    assert f"tidegate dead-letters skip {dead.a}" in ran.err
    assert "abcdefgh" not in ran.out


def test_a_note_and_an_owner_are_told_with_the_letter(letters: Run, dead: Dead) -> None:
    assert letters("note", dead.a, "asked the vendor").code == exits.OK
    assert letters("assign", dead.a, "Bea").err == f"the letter {dead.a} has Bea\n"
    shown = letters("show", dead.a, "-o", "json").json
    assert (shown["owner"], len(shown["notes"])) == ("Bea", 2)
    assert shown["notes"][0]["actor"].startswith("cli:")
    assert letters("assign", dead.a, "--nobody").err.endswith("has nobody, before Bea\n")


WRONG: list[tuple[list[str], int]] = [
    (["note", "abcdef123456", "x"], exits.NOTHING),
    (["note", "{a}", " "], exits.USAGE),
    (["assign", "{a}", "Bea", "--nobody"], exits.USAGE),
    (["show", "nothing"], exits.USAGE),
    (["list", "--since", "yesterday"], exits.USAGE),
    (["list", "--state", "pending"], exits.USAGE),
    (["list", "--after", "x"], exits.USAGE),
    (["export", "-o", "table"], exits.USAGE),
    (["export", "--entity", "bills"], exits.NOTHING),
    (["replay", "{a}", "--rate", "5", *WHY], exits.USAGE),
]


def test_what_is_wrong_or_not_there_has_its_exit_code(letters: Run, dead: Dead) -> None:
    ended = [letters(*(each.format(a=dead.a) for each in given)).code for given, _ in WRONG]
    assert ended == [code for _, code in WRONG]


def test_the_flag_that_is_wrong_is_named(letters: Run) -> None:
    assert "--older-than" in letters("list", "--older-than", "3 days").err


def test_letters_are_exported_a_line_each(letters: Run, dead: Dead) -> None:
    ran = letters("export", "--error-class", "Application_Refused")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["event_id"] for row in rows] == [dead.a, dead.b]
    assert rows[0]["body"]["item"]["sku"] == "A"
    assert ran.err == "2 letters\n"
    cells = list(csv.DictReader(io.StringIO(letters("export", "-o", "csv").out)))
    assert json.loads(cells[0]["body"])["item"]["sku"] == "A"


def test_a_verb_is_about_one_letter_or_a_filter_or_all_and_says_so(
    letters: Run, dead: Dead
) -> None:
    unclear = [[], ["--all", "--entity", "products"], [dead.a, "--text", "x"], [dead.a, "--all"]]
    for verb in ("replay", "skip", "discard", "resolve"):
        more = ["--applied"] if verb == "resolve" else []
        for words in unclear:
            assert letters(verb, *words, *more, *WHY).code == exits.USAGE, (verb, words)
    assert dead.house.rows("SELECT 1 FROM operator_request") == []


def test_a_dry_run_says_what_would_be_acted_on_and_asks_for_nothing(
    letters: Run, dead: Dead
) -> None:
    for words, count in (([dead.a], 1), (["--error-class", "Application_Refused"], 2)):
        ran = letters("replay", *words, "--dry-run", "-o", "json")
        assert (ran.code, ran.json["count"]) == (exits.OK, count), ran.err
    assert dead.house.rows("SELECT 1 FROM operator_request") == []


def test_who_comes_second_is_told_who_settled_it_and_asks_for_nothing(
    letters: Run, dead: Dead
) -> None:
    dead.change(state="discarded", closed_at="2026-11-21 09:00:00.000000", closed_by="cli:bea")
    ran = letters("replay", dead.a, *WHY, "-o", "json")
    assert (ran.code, ran.json["changed"], ran.json["skipped"]) == (exits.PARTLY, 0, 1)
    assert ran.json["why"] == "the letter was discarded by cli:bea at 2026-11-21T09:00:00.000000Z"
    assert "nothing was changed" in ran.err
    assert dead.house.rows("SELECT 1 FROM operator_request") == []
