"""`db prune`, `erase` and `events restore`, asked of a house that runs."""

from __future__ import annotations

from cli import exits
from tests.cli.conftest import Run
from tests.e2e.house import House
from tests.e2e.wait import eventually


def item(number: str, name: str) -> dict[str, object]:
    return {
        "item_id": number,
        "name": name,
        "sku": number,
        "rate": 1,
        "last_modified_time": "2026-05-01T10:00:00+0000",
    }


def applied(house: House, item: dict[str, object]) -> str:
    """Post it with the house's own key, and wait until it is applied; the event's id."""
    lines = (house.dir / "keys.env").read_text().splitlines()
    keys = dict(line.split("=", 1) for line in lines if line)
    posted = house.http.post(
        "/webhooks/products", json={"item": item}, headers={"X-Webhook-Key": keys["WEBHOOK_KEY"]}
    )
    event = str(posted.json()["event_id"])
    headers = {"X-API-Key": keys["ADMIN_KEY"]}

    def state() -> bool | None:
        said = house.http.get(f"/events/{event}", headers=headers).json()
        return said["state"] == "applied" or None

    eventually("it is applied", 20.0, state)
    return event


def test_a_plan_says_what_would_go_of_each_kind(run: Run, house: House) -> None:
    found = run("db", "prune", "--plan", "--dir", house.dir, "-o", "json")
    kinds = {row["kind"]: row["rows"] for row in found.json}
    assert found.code == exits.OK
    assert kinds["events"] == kinds["bodies"] == 0


def test_where_nothing_is_old_nothing_is_pruned(run: Run, house: House) -> None:
    assert run("db", "prune", "--yes", "--dir", house.dir).code == exits.NOTHING


def test_one_record_is_erased_by_the_leader_and_the_record_proves_itself(
    run: Run, house: House
) -> None:
    event = applied(house, item("9001", "Jane Doe"))
    place = ("--source", "zoho", "--entity", "products", "--id", "9001")
    done = run("erase", *place, "--reason", "asked", "--yes", "--dir", house.dir, "-o", "json")
    assert (done.code, done.json["changed"]) == (exits.OK, 1)
    assert "Jane Doe" not in run("events", "show", event, "--dir", house.dir, "-o", "json").out
    assert run("audit", "verify", "--dir", house.dir).code == exits.OK


def test_what_nobody_knows_cannot_be_erased(run: Run, house: House) -> None:
    place = ("--source", "zoho", "--entity", "products", "--id", "no-such")
    found = run("erase", *place, "--reason", "asked", "--yes", "--dir", house.dir)
    assert found.code == exits.NOTHING


def test_restoring_wants_the_folder_of_an_archive(run: Run, house: House) -> None:
    event = "01a1fd1e-8c00-7001-9f6a-f1d8303e61cd"
    found = run("events", "restore", event, "--reason", "x", "--dir", house.dir)
    assert found.code == exits.USAGE
    folder = ("--archive", house.folder / "none")
    found = run("events", "restore", event, "--reason", "x", *folder, "--dir", house.dir)
    assert found.code == exits.USAGE
    assert "holds no event" in found.err
