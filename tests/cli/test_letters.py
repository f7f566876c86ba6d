"""`tidegate dead-letters` and `tidegate blocked`: a wish, the leader, and what is said of it."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli import asking, exits
from tests.cli.conftest import Run
from tests.processor.bench import House, blocking
from tidegate.clock import ManualClock, SystemClock
from tidegate.outcome import Rejected

WHY = ("--reason", "because")


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[House]:
    """A house whose one dead letter keeps its key, led now."""
    made = House(tmp_path, clock=ManualClock(SystemClock().now()), config=blocking())
    made.far.answers["A"].append(Rejected("no", "Application_Refused"))
    made.post("A", "dead")
    made.run()
    yield made
    made.close()


@contextmanager
def led(house: House, after: threading.Event | None = None) -> Iterator[None]:
    """The drain steps beside the command, as a process of its own would; from `after` on."""
    stop = threading.Event()

    def step() -> None:
        if after is not None:
            after.wait(10)
        while not stop.wait(0.02):
            house.run(1, 0.2)

    thread = threading.Thread(target=step)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def letter(house: House) -> str:
    return str(house.rows("SELECT event_uuid FROM dead_letter")[0]["event_uuid"])


def requests(house: House) -> list[tuple[str, str]]:
    found = house.rows("SELECT verb, state FROM operator_request ORDER BY id")
    return [(row["verb"], row["state"]) for row in found]


def test_letters_are_found_by_reason_entity_and_error(stepped: House, run: Run) -> None:
    for narrow in (
        [],
        ["--letter-reason", "rejected"],
        ["--entity", "products"],
        ["--error-class", "Application_Refused", "-n", "1"],
    ):
        ran = run("dead-letters", "list", *narrow, "--dir", stepped.pipe.folder, "-o", "json")
        assert ran.code == exits.OK
        assert [(row["event_id"], row["holds"]) for row in ran.json] == [(letter(stepped), True)]


@pytest.mark.parametrize(
    "narrow", [["--letter-reason", "x"], ["--entity", "x"], ["--error-class", "x"]]
)
def test_no_letter_found_has_its_own_exit_code(stepped: House, run: Run, narrow: list[str]) -> None:
    ran = run("dead-letters", "list", *narrow, "--dir", stepped.pipe.folder, "-o", "json")
    assert (ran.code, ran.json) == (exits.NOTHING, [])


@pytest.mark.parametrize("verb", ["skip", "discard", "replay"])
def test_a_verb_waits_for_the_leader_and_says_what_was_done(
    stepped: House, run: Run, verb: str
) -> None:
    with led(stepped):
        ran = run(
            "dead-letters", verb, letter(stepped), *WHY, "--yes", "--dir", stepped.pipe.folder,
            "-o", "json",
        )  # fmt: skip
    assert ran.code == exits.OK, ran.err
    assert (ran.json["state"], ran.json["matched"], ran.json["changed"]) == ("done", 1, 1)
    assert requests(stepped) == [(verb, "done")]
    assert stepped.sealed()


def test_what_is_asked_is_told_with_the_letter(stepped: House, run: Run) -> None:
    with led(stepped):
        run("dead-letters", "skip", letter(stepped), *WHY, "--yes", "--dir", stepped.pipe.folder)
    where = ("--dir", stepped.pipe.folder)
    shown = run("dead-letters", "show", letter(stepped), *where, "-o", "json").json
    assert (shown["state"], shown["holds"]) == ("open", False)
    assert [(row["verb"], row["reason"]) for row in shown["requests"]] == [("skip", "because")]
    assert shown["requests"][0]["actor"].startswith("cli")


def test_what_was_skipped_says_why_and_has_its_own_exit_code(stepped: House, run: Run) -> None:
    with led(stepped):
        ran = run(
            "dead-letters", "resolve", letter(stepped), "--not-applied", *WHY, "--yes",
            "--dir", stepped.pipe.folder, "-o", "json",
        )  # fmt: skip
    assert (ran.code, ran.json["skipped"]) == (exits.PARTLY, 1)
    assert "ordinary dead letter" in ran.err


def test_resolved_as_applied_it_is_applied(stepped: House, run: Run) -> None:
    with led(stepped):
        ran = run(
            "dead-letters", "resolve", letter(stepped), "--applied", *WHY, "--yes",
            "--dir", stepped.pipe.folder,
        )  # fmt: skip
    assert ran.code == exits.OK, ran.err
    assert stepped.state(letter(stepped)) == "applied"


def test_without_a_leader_it_says_so_and_leaves_the_request(stepped: House, run: Run) -> None:
    stepped.execute("UPDATE leader SET beat_at = '2001-01-01 00:00:00.000000'")
    ran = run(
        "dead-letters", "discard", letter(stepped), *WHY, "--yes", "--dir", stepped.pipe.folder
    )
    assert ran.code == exits.PROBLEM
    assert "nobody leads" in ran.err
    assert requests(stepped) == [("discard", "open")]


def test_a_leader_that_does_not_answer_ends_the_wait(
    stepped: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.2)
    monkeypatch.setattr(asking, "TOLD_EVERY", 0.05)
    ran = run(
        "dead-letters", "discard", letter(stepped), *WHY, "--yes", "--dir", stepped.pipe.folder
    )
    assert ran.code == exits.PROBLEM
    assert "waiting for the leader" in ran.err
    assert "stays open" in ran.err


def test_who_does_not_want_to_wait_is_told_the_request(stepped: House, run: Run) -> None:
    ran = run(
        "dead-letters", "skip", letter(stepped), *WHY, "--yes", "--no-wait",
        "--dir", stepped.pipe.folder, "-o", "json",
    )  # fmt: skip
    assert (ran.code, ran.json["state"]) == (exits.OK, "open")


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


class Thinking(Terminal):
    """Somebody whose answer lets others go on."""

    def __init__(self, answer: str, then: threading.Event) -> None:
        super().__init__(answer)
        self._then = then

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        self._then.set()
        return super().readline(size)


def test_of_two_who_decide_at_once_the_second_is_told_who_was_faster(
    stepped: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = (letter(stepped), *WHY, "--dir", stepped.pipe.folder)
    assert run("dead-letters", "discard", *where, "--yes", "--no-wait").code == exits.OK
    thought = threading.Event()
    monkeypatch.setattr("sys.stdin", Thinking("y\n", then=thought))
    with led(stepped, after=thought):
        ran = run("dead-letters", "replay", *where)
    assert ran.code == exits.PARTLY
    assert "the letter was discarded by cli" in ran.err
    assert requests(stepped) == [("discard", "done"), ("replay", "done")]


def test_declined_nothing_is_asked(
    stepped: House, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    ran = run("dead-letters", "discard", letter(stepped), *WHY, "--dir", stepped.pipe.folder)
    assert (ran.code, ran.out) == (exits.DECLINED, "")
    assert "[y/N]" in ran.err
    assert requests(stepped) == []


def test_confirmed_it_is_asked(stepped: House, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    with led(stepped):
        ran = run("dead-letters", "discard", letter(stepped), *WHY, "--dir", stepped.pipe.folder)
    assert ran.code == exits.OK, ran.err


@pytest.mark.parametrize(
    "given",
    [
        ["discard", "{letter}", *WHY],
        ["discard", "{letter}", "--yes"],
        ["discard", "{letter}", "--reason", " ", "--yes"],
        ["discard", "nothing", *WHY, "--yes"],
        ["resolve", "{letter}", *WHY, "--yes"],
    ],
)
def test_a_wrong_usage_asks_for_nothing(
    stepped: House, run: Run, monkeypatch: pytest.MonkeyPatch, given: list[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    words = [each.format(letter=letter(stepped)) for each in given]
    ran = run("dead-letters", *words, "--dir", stepped.pipe.folder)
    assert ran.code == exits.USAGE
    assert requests(stepped) == []


def test_an_event_without_a_letter_is_nothing(stepped: House, run: Run) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    where = ("--dir", stepped.pipe.folder)
    assert run("dead-letters", "show", unknown, *where).code == exits.NOTHING
    assert run("dead-letters", "skip", unknown, *WHY, "--yes", *where).code == exits.NOTHING


def test_blocked_keys_are_listed_with_what_blocks_them(stepped: House, run: Run) -> None:
    stepped.post("A", "behind")
    ran = run("blocked", "list", "--dir", stepped.pipe.folder, "-o", "json")
    (row,) = ran.json
    assert (row["key"], row["by"], row["behind"]) == ("zoho:products:A", "a dead letter", 1)
    assert (row["event_id"], row["why"]) == (letter(stepped), "rejected: no")


def test_a_key_is_held_and_released_by_its_name_or_by_an_event_of_it(
    stepped: House, run: Run
) -> None:
    stepped.post("B")
    stepped.run()
    event = stepped.rows("SELECT uuid FROM inbox ORDER BY id DESC")[0]["uuid"]
    where = ("--dir", stepped.pipe.folder)
    with led(stepped):
        held = run("blocked", "hold", "zoho:products:B", *WHY, "--yes", *where)
        listed = run("blocked", "list", *where, "-o", "json").json
        freed = run("blocked", "release", event, *WHY, "--yes", *where)
    assert (held.code, freed.code) == (exits.OK, exits.OK), held.err + freed.err
    assert {row["by"] for row in listed} == {"a dead letter", "an operator"}


def test_a_key_that_is_not_there_is_nothing(stepped: House, run: Run) -> None:
    where = ("--dir", stepped.pipe.folder)
    assert run("blocked", "hold", "x", *WHY, "--yes", *where).code == exits.NOTHING


def test_where_no_key_is_blocked_it_says_so(stepped: House, run: Run) -> None:
    where = ("--dir", stepped.pipe.folder)
    with led(stepped):
        run("dead-letters", "discard", letter(stepped), *WHY, "--yes", *where)
    assert run("blocked", "list", *where).code == exits.NOTHING
