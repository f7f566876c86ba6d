"""Bulk verbs, `replays` and `edit-replay`: counted, asked, followed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli import exits, following
from tests.cli.conftest import Run
from tests.cli.test_letters import led
from tests.e2e.wait import eventually
from tests.processor.bench import House, blocking
from tests.processor.jobs import dead_letters
from tidegate.clock import ManualClock, SystemClock
from tidegate.outcome import Rejected

WHY = ("--reason", "because")
MINE = ("--error-class", "mine")


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[House]:
    """A house with four dead letters of one class and one of another, led now."""
    made = House(tmp_path, clock=ManualClock(SystemClock().now()), config=blocking())
    dead_letters(made, 4, "mine")
    dead_letters(made, 1, "other", "O")
    yield made
    made.close()


@contextmanager
def asked_at_a_terminal(monkeypatch: pytest.MonkeyPatch, said: str) -> Iterator[None]:
    terminal = io.StringIO(f"{said}\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    yield


def requests(house: House) -> list[tuple[str, str]]:
    found = house.rows("SELECT verb, state FROM operator_request ORDER BY id")
    return [(row["verb"], row["state"]) for row in found]


def test_a_bulk_verb_counts_first_and_ends_with_what_was_done(stepped: House, run: Run) -> None:
    with led(stepped):
        ran = run(
            *("dead-letters", "discard", *MINE, *WHY, "--yes"),
            *("--dir", stepped.pipe.folder, "-o", "json"),
        )
    assert ran.code == exits.OK
    assert [ran.json[name] for name in ("matched", "changed", "skipped")] == [4, 4, 0]
    assert "letters   4" in ran.err
    assert ran.err.index("letters") < ran.err.index("tidegate: job")


def test_a_dry_run_says_what_it_would_do_and_asks_for_nothing(stepped: House, run: Run) -> None:
    ran = run(
        *("dead-letters", "replay", *MINE, "--dry-run"),
        *("--dir", stepped.pipe.folder, "-o", "json"),
    )
    assert (ran.code, ran.json["count"], ran.json["by_error_class"]) == (0, 4, {"mine": 4})
    assert requests(stepped) == []


CANNOT_BE_DONE = (
    (("dead-letters", "replay", *WHY, "--yes"), exits.USAGE),
    (("dead-letters", "replay", "--error-class", "none", *WHY, "--yes"), exits.NOTHING),
    (("dead-letters", "replay", *MINE, *WHY), exits.USAGE),
    (("dead-letters", "replay", *MINE, "--yes"), exits.USAGE),
    (("dead-letters", "replay", *MINE, *WHY, "--yes", "--ramp", "x"), exits.USAGE),
    (("dead-letters", "replay", *MINE, *WHY, "--yes", "--rate", "0.5"), exits.USAGE),
    (("replays", "list"), exits.NOTHING),
    (("replays", "show", "7f1f5a52-7d6a-7000-8000-000000000000"), exits.NOTHING),
)


def test_what_cannot_be_done_has_its_own_exit_code(stepped: House, run: Run) -> None:
    for args, code in CANNOT_BE_DONE:
        assert (args, run(*args, "--dir", stepped.pipe.folder).code) == (args, code)
    assert requests(stepped) == []


def test_declined_nothing_is_asked(
    stepped: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with asked_at_a_terminal(monkeypatch, "n"):
        ran = run("dead-letters", "discard", *MINE, *WHY, "--dir", stepped.pipe.folder)
    assert (ran.code, requests(stepped)) == (exits.DECLINED, [])
    assert "Discard 4 dead letters? [y/N]" in ran.err


def test_a_replay_of_which_some_die_again_is_partly_done(stepped: House, run: Run) -> None:
    stepped.far.answers["K0"].append(Rejected("no", "again"))
    with led(stepped):
        ran = run(
            *("dead-letters", "replay", *MINE, *WHY, "--yes", "--ramp", "1,2"),
            *("--dir", stepped.pipe.folder, "-o", "json"),
        )
    assert ran.code == exits.PARTLY
    assert (ran.json["changed"], ran.json["failed"]) == (4, 1)


def test_a_job_is_paused_by_its_rule_and_resumed(stepped: House, run: Run) -> None:
    where = ("--dir", stepped.pipe.folder, "-o", "json")
    stepped.far.answers["K0"].append(Rejected("no", "again"))
    with led(stepped):
        stop = ("--ramp", "1", "--stop-at-error-rate", "50")
        ran = run("dead-letters", "replay", *MINE, *WHY, "--yes", *stop, *where)
        job = ran.json["request_id"]
        assert (ran.code, ran.json["state"]) == (exits.PARTLY, "paused")
        assert f"next: tidegate replays resume {job}" in ran.err
        ran = run("replays", "resume", job, *WHY, "--no-stop", *where)
    assert (ran.code, ran.json["state"], ran.json["changed"]) == (exits.PARTLY, "done", 4)
    listed = run("replays", "list", *where)
    assert [(row["state"], row["failed"]) for row in listed.json] == [("done", 1)]


def test_a_job_without_a_leader_says_so(stepped: House, run: Run) -> None:
    stepped.execute("UPDATE leader SET beat_at = '2001-01-01 00:00:00.000000'")
    ran = run("dead-letters", "discard", *MINE, *WHY, "--yes", "--dir", stepped.pipe.folder)
    assert ran.code == exits.PROBLEM
    assert "nobody leads" in ran.err


def test_an_interrupted_command_leaves_the_job_running(
    stepped: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(following._Lines, "tell", interrupt)
    ran = run("dead-letters", "discard", *MINE, *WHY, "--yes", "--dir", stepped.pipe.folder)
    assert ran.code == exits.INTERRUPTED
    assert "goes on without you" in ran.err
    assert requests(stepped) == [("discard", "open")]


def test_at_a_terminal_a_bar_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr(following, "EVERY", 0.0)
    counts = {"skipped": 1, "failed": 2, "under_way": 3, "led": True, "request_id": "x"}
    looks = [
        {"verb": "replay", "state": state, "matched": 8, "done": done} | counts
        for state, done in (("running", 0), ("running", 4), ("done", 8))
    ]
    left = iter(looks)
    assert following.follow(lambda: next(left), SystemClock()) == looks[-1]
    assert "replay done" in screen.getvalue()
    assert "8/8" in screen.getvalue()
    assert "1 skipped, 2 failed again, 3 under way" in screen.getvalue()


def test_a_cancelled_job_gives_back_what_it_has_not_sent(stepped: House, run: Run) -> None:
    where = ("--dir", stepped.pipe.folder, "-o", "json")
    ran = run(*("dead-letters", "replay", *MINE, *WHY, "--yes", "--rate", "1", "--no-wait"), *where)
    job = ran.json["request_id"]
    assert (ran.code, ran.json["state"]) == (exits.OK, "open")

    def begun() -> bool | None:
        return run("replays", "show", job, *where).json["state"] != "open" or None

    with led(stepped):
        eventually("the leader takes it up", 10.0, begun)
        assert run("replays", "pause", job, *WHY, *where).code == exits.OK
        assert run("replays", "cancel", job, *WHY, "--yes", *where).code == exits.OK
        ran = run("replays", "show", job, "--watch", *where)
    assert (ran.code, ran.json["state"]) == (exits.PARTLY, "cancelled")
    assert ran.json["changed"] + ran.json["skipped"] == 4


# edit-replay


def one(house: House) -> str:
    return str(house.rows("SELECT event_uuid FROM dead_letter ORDER BY id")[0]["event_uuid"])


def test_an_edit_shows_the_difference_and_names_the_new_event(stepped: House, run: Run) -> None:
    with led(stepped):
        ran = run(
            *("dead-letters", "edit-replay", one(stepped), "--set", "/name=Mended", *WHY, "--yes"),
            *("--dir", stepped.pipe.folder, "-o", "json"),
        )
    assert (ran.code, ran.json["changed"]) == (exits.OK, 1)
    assert ran.json["new_event_id"] != one(stepped)
    assert '- "dead"' in ran.err
    assert '+ "Mended"' in ran.err


def test_an_edit_that_does_not_fit_is_not_sent(stepped: House, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "new.json"
    file.write_text('{"item_id": "other", "sku": "K0", "name": "x"}')
    ran = run(
        *("dead-letters", "edit-replay", one(stepped), "--file", file, *WHY, "--yes"),
        *("--dir", stepped.pipe.folder),
    )
    assert ran.code == exits.PROBLEM
    assert "it would be another record" in ran.err
    assert requests(stepped) == []


def test_an_edit_that_cannot_be_read_is_a_wrong_usage(stepped: House, run: Run) -> None:
    for sets in ([], ["--set", "name"], ["--set", "/name/x=1"], ["--file", "no"]):
        ran = run(
            *("dead-letters", "edit-replay", one(stepped), *sets, *WHY, "--yes"),
            *("--dir", stepped.pipe.folder),
        )
        assert (ran.code, requests(stepped)) == (exits.USAGE, [])
