"""What nobody's attempt changed is sealed a second later, and the log keeps heads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ops.adoption import trail
from ops.who import Who
from processor import sealing
from processor.duties import Duties
from processor.sealing import Sealing
from sql import seal
from tests.processor.bench import House
from tidegate.errors import Deposed

ANN = Who("ann", "cli", "desk")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(House(tmp_path)) as made:
        made.run(2)
        yield made


def put(house: House, n: int = 1) -> None:
    """Rows that a person's commands leave."""
    for number in range(n):
        row = trail("note", ANN, "install", f"reason {number}", None, None)
        house.execute(
            "INSERT INTO audit_trail (at, action, actor, source, entity, reason, host, row_hash,"
            " config_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'c')",
            house.clock.now().strftime("%Y-%m-%d %H:%M:%S.%f"),
            *(row[name] for name in ("action", "actor", "source", "entity", "reason", "host")),
            row["row_hash"],
        )


def links(house: House) -> list[str]:
    return [each["ids"] for each in house.rows("SELECT ids FROM seal WHERE kind = 'request'")]


def test_what_a_person_did_is_sealed_within_about_a_second(house: House) -> None:
    put(house, 2)
    assert seal.prove(house.db).unsealed == 2
    house.run(5, 0.5)
    assert links(house) == ["1,2"]
    assert (seal.prove(house.db).unsealed, seal.verify(house.db)) == (0, [])


def test_it_is_sealed_once_in_a_term(house: House) -> None:
    put(house)
    house.run(10, 1.0)
    put(house)
    house.run(10, 1.0)
    assert links(house) == ["1", "2"]


def test_a_number_that_turns_up_late_is_sealed_too(house: House) -> None:
    put(house)
    house.execute("UPDATE audit_trail SET id = 9")
    house.run(3, 1.0)
    put(house)
    house.execute("UPDATE audit_trail SET id = 8 WHERE id = 10")
    house.run(3, 1.0)
    assert links(house) == ["9", "8"]
    assert seal.verify(house.db) == []


def test_without_the_look_back_it_would_stay_unsealed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "LOOK_BACK", 0)
    with pytest.raises(AssertionError):
        test_a_number_that_turns_up_late_is_sealed_too(house)


def test_without_the_duty_it_is_named_once_others_are_sealed(tmp_path: Path) -> None:
    with closing(House(tmp_path)) as house:
        vars(house.pipe.drain)["_duties"] = Duties([], house.clock)
        put(house)
        house.run(5, 1.0)
        assert seal.verify(house.db) == []  # nothing was sealed since
        house.run(1, 20.0)
        house.until("applied", house.post("A"))
        assert seal.verify(house.db) == ["change 1 (note) is under no link: somebody put it in"]


def test_more_than_one_link_s_worth_takes_more_links(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "MOST", 3)
    put(house, 7)
    house.run(8, 1.0)
    assert links(house) == ["1,2,3", "4,5,6", "7"]


def test_who_does_not_lead_seals_nothing(house: House) -> None:
    term = house.pipe.leadership.term
    assert term is not None
    put(house)
    house.execute("UPDATE leader SET epoch = epoch + 1")
    with pytest.raises(Deposed):
        Sealing(house.db).cover(term)
    assert links(house) == []


def test_the_newest_head_is_logged_once(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    term = house.pipe.leadership.term
    assert term is not None
    duty = Sealing(house.db)
    put(house)
    duty.cover(term)
    capsys.readouterr()
    duty.head(term)
    duty.head(term)
    said = capsys.readouterr().err
    newest = house.rows("SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1")[0]
    assert said.count(f"hash={newest['hash'].hex()} seq={newest['seq']}") == 1


def test_an_expired_command_is_on_record_and_sealed(house: House) -> None:
    event = house.post("A")
    house.execute("UPDATE sync_queue SET deadline_at = '2001-01-01 00:00:00.000000'")
    house.run(5, 1.0)
    assert house.state(event) == "expired"
    row = house.rows("SELECT action, actor, reason FROM audit_trail")[0]
    assert (row["action"], row["actor"]) == ("expired", "tidegate")
    assert (links(house), seal.verify(house.db)) == (["1"], [])
