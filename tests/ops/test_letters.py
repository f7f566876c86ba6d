"""Dead letters for people: the list, one with all that bears on it, notes, owners, the export."""

from __future__ import annotations

import json

import pytest

from ops.letters import Letters
from ops.noting import NoSuchLetter, WrongNote
from sql.audit_rows import row_hash
from sql.filters import Filter
from tests.ops.dead import ANNA, Dead

NOBODYS = "00000000-0000-4000-8000-000000000000"


def test_the_newest_come_first_with_how_many_and_how_old(dead: Dead) -> None:
    found = dead.letters.list(Filter())
    assert [row["event_id"] for row in found["letters"]] == [dead.c, dead.b, dead.a]
    assert (found["count"], found["count_capped"], found["capped"]) == (3, False, False)
    assert found["oldest_age_s"] == pytest.approx(26 * 3600, abs=60)
    assert found["oldest_at"] == found["letters"][-1]["born_at"]


def test_a_list_goes_on_behind_the_last_letter_that_was_seen(dead: Dead) -> None:
    first = dead.letters.list(Filter(), limit=2)
    assert (first["capped"], first["next"], first["count"]) == (True, dead.b, 3)
    rest = dead.letters.list(Filter(), limit=2, after=first["next"])
    assert [row["event_id"] for row in rest["letters"]] == [dead.a]
    assert (rest["capped"], rest["next"]) == (False, None)
    assert dead.letters.list(Filter(), after=NOBODYS)["letters"] == []


def test_what_is_told_is_json_and_says_what_it_blocks(dead: Dead) -> None:
    found = dead.letters.list(Filter(ids=(dead.a,)))
    row = json.loads(json.dumps(found))["letters"][0]
    assert (row["key"], row["holds"], row["state"]) == ("zoho:products:A", True, "open")
    assert (row["source"], row["entity"], row["operation"]) == ("zoho", "products", "update")
    assert row["born_at"].endswith("Z")


def test_secrets_within_a_message_are_masked(dead: Dead) -> None:
    shown = dead.letters.show(dead.a)
    assert shown is not None
    assert shown["message"].endswith("Bearer ***")
    assert shown["history"][0]["message"].endswith("Bearer ***")
    assert "abcdefgh" not in json.dumps([shown, dead.letters.list(Filter())])


def test_a_letter_is_shown_with_all_that_bears_on_it(dead: Dead) -> None:
    shown = dead.letters.show(dead.a)
    assert shown is not None
    assert (shown["behind"], shown["behind_capped"]) == (1, False)
    assert [row["event_id"] for row in shown["behind_first"]] == [dead.behind]
    assert [row["number"] for row in shown["history"]] == [1]
    assert (shown["event"]["state"], shown["event"]["target"]) == ("dead", "sandbox")
    assert shown["same_cause"] == 2
    assert shown["settled"] is None


def test_the_verbs_that_clear_a_letter_are_named(dead: Dead) -> None:
    shown = dead.letters.show(dead.a)
    assert shown is not None
    steps = " ".join(shown["next_steps"])
    for verb in ("replay", "edit-replay", "skip", "discard"):
        assert f"dead-letters {verb} {dead.a}" in steps
    assert f"--fingerprint {shown['fingerprint'][:12]}" in steps


def test_one_of_unknown_outcome_is_to_be_resolved(dead: Dead) -> None:
    dead.change(reason="unknown")
    shown = dead.letters.show(dead.a)
    assert shown is not None
    steps = " ".join(shown["next_steps"])
    assert f"resolve {dead.a} --applied" in steps
    assert "replay" not in steps


def test_an_event_without_a_letter_has_none(dead: Dead) -> None:
    assert dead.letters.show(NOBODYS) is None
    assert dead.letters.show(dead.d) is None


def test_a_note_is_kept_with_who_said_it_and_is_on_record(dead: Dead) -> None:
    dead.letters.note(ANNA, dead.a, 'asked the vendor, "tomorrow"')
    shown = dead.letters.show(dead.a)
    assert shown is not None
    (note,) = shown["notes"]
    assert (note["text"], note["actor"]) == ('asked the vendor, "tomorrow"', "cli:anna")
    assert (note["kind"], note["of"], note["host"]) == ("note", "letter", "desk-1")
    (row,) = dead.trail("note")
    assert row["row_hash"] == row_hash(row)
    assert (row["event_uuid"], row["config_version"]) == (dead.a, "config-1")
    assert json.loads(row["new"]) == {"note": 'asked the vendor, "tomorrow"'}


def test_a_note_of_a_group_is_told_with_each_of_its_letters(dead: Dead) -> None:
    group = dead.letters.list(Filter(ids=(dead.a,)))["letters"][0]["fingerprint"]
    kept = dead.letters.note(ANNA, group[:10], "a known outage")
    assert (kept["of"], kept["fingerprint"]) == ("group", group)
    notes = {row["event_id"]: row["notes"] for row in dead.letters.list(Filter())["letters"]}
    assert notes == {dead.a: 1, dead.b: 1, dead.c: 0}
    shown = dead.letters.show(dead.b)
    assert shown is not None
    assert [(note["of"], note["text"]) for note in shown["notes"]] == [("group", "a known outage")]


def test_who_has_a_group_has_its_letters_but_those_that_were_given_to_another(dead: Dead) -> None:
    group = dead.letters.list(Filter(ids=(dead.a,)))["letters"][0]["fingerprint"]
    dead.letters.assign(ANNA, group, "Bea")
    kept = dead.letters.assign(ANNA, dead.b, "Cem")
    assert (kept["owner"], kept["before"]) == ("Cem", None)
    assert owners(dead) == {dead.a: "Bea", dead.b: "Cem", dead.c: None}
    assert dead.letters.assign(ANNA, group, "")["before"] == "Bea"
    assert owners(dead) == {dead.a: None, dead.b: "Cem", dead.c: None}
    assert [json.loads(row["old"]) for row in dead.trail("assign")] == [
        {"owner": None},
        {"owner": None},
        {"owner": "Bea"},
    ]


def test_what_is_not_there_takes_no_note_and_a_note_says_something(dead: Dead) -> None:
    for target in (NOBODYS, "abcdef012345", "xyz", "abc"):
        with pytest.raises(NoSuchLetter):
            dead.letters.note(ANNA, target, "hello")
    for text in ("", "  ", "x" * 2001):
        with pytest.raises(WrongNote):
            dead.letters.note(ANNA, dead.a, text)
    assert dead.trail("note") == []


def test_the_longest_note_is_kept_whole(dead: Dead) -> None:
    dead.letters.note(ANNA, dead.a, '"' * 2000)
    (row,) = dead.trail("note")
    assert json.loads(row["new"]) == {"note": '"' * 2000}


def test_the_export_is_the_oldest_first_with_bodies_whose_secrets_are_masked(dead: Dead) -> None:
    letters = list(dead.letters.export(Filter(error_classes=("Application_Refused",))))
    assert [row["event_id"] for row in letters] == [dead.a, dead.b]
    assert letters[0]["body"]["item"]["sku"] == "A"
    json.dumps(letters)


def test_who_settled_a_letter_and_when_is_told(dead: Dead) -> None:
    dead.change(state="discarded", closed_at="2026-11-21 09:00:00.000000", closed_by="cli:bea")
    shown = dead.letters.show(dead.a)
    assert shown is not None
    assert shown["settled"] == {
        "state": "discarded",
        "by": "cli:bea",
        "at": "2026-11-21T09:00:00.000000Z",
    }
    assert "settled" in shown["next_steps"][0]
    assert dead.letters.list(Filter())["letters"] == []
    assert dead.letters.list(Filter(states=("discarded",)))["count"] == 3


def owners(dead: Dead) -> dict[str, str | None]:
    return {row["event_id"]: row["owner"] for row in dead.letters.list(Filter())["letters"]}


def test_a_configuration_s_version_may_be_left_out(dead: Dead) -> None:
    Letters(dead.house.db).note(ANNA, dead.a, "hello")
    assert dead.trail("note")[-1]["config_version"] == ""
