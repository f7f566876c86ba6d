"""Business Central's notifications: the handshake, batches that mix, and never a 4xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ingest.served import SECRETS, Served
from tidegate.config import load_config

PATH = "/webhooks/business_central/notifications"
STATE = SECRETS["BC_SECRET"]
ALLOWED = {200, 408, 429}
CONFIG = """
[sources.business_central]
secrets = ["BC_SECRET"]
"""


def note(number: int, state: str = STATE, **fields: Any) -> dict[str, Any]:
    return {
        "subscriptionId": f"s-{number}",
        "clientState": state,
        "expirationDateTime": "2026-11-24T08:00:00Z",
        "resource": f"api/v2.0/companies(c)/items({number})",
        "changeType": "updated",
        "lastModifiedDateTime": "2026-11-21T07:00:00Z",
        **fields,
    }


def body(*notes: object) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps({"value": list(notes)}).encode()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = made_with(tmp_path, CONFIG)
    yield made
    made.close()


def made_with(folder: Path, config: str) -> Served:
    path = folder / "tidegate.toml"
    path.write_text(config)
    return Served(folder, load_config(path))


def test_the_handshake_is_answered_with_its_token(served: Served) -> None:
    answer = served.post(PATH + "?validationToken=abc%20d", b"", {})
    assert (answer.status_code, answer.text) == (200, "abc d")
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_batch_of_several_subscriptions_is_one_event_each(served: Served) -> None:
    answer = served.post(PATH, body(note(1), note(2)), {})
    assert answer.status_code == 200
    found = served.rows("SELECT entity_text, kind, state FROM inbox ORDER BY id")
    assert [row["entity_text"][-8:] for row in found] == ["items(1)", "items(2)"]


def test_the_secret_is_not_kept_with_the_event(served: Served) -> None:
    served.post(PATH, body(note(1)), {})
    (kept,) = served.rows("SELECT body FROM payload")
    assert STATE.encode() not in kept["body"]


def test_what_is_not_from_our_subscription_is_counted_and_the_rest_kept(
    served: Served,
) -> None:
    answer = served.post(PATH, body(note(1), note(2, "guess"), note(3, "Ü")), {})
    assert answer.status_code == 200
    assert len(served.rows("SELECT * FROM inbox")) == 1
    assert [row["rule"] for row in served.refused()] == ["mismatch"] * 2


def test_a_resent_notification_is_a_duplicate_and_a_later_change_is_new(
    served: Served,
) -> None:
    for made in (note(1), note(1), note(1, lastModifiedDateTime="2026-11-21T07:00:01Z")):
        served.post(PATH, body(made), {})
    found = served.rows("SELECT verdict FROM delivery ORDER BY id")
    assert [row["verdict"] for row in found] == ["new", "duplicate", "new"]


def test_a_collection_and_a_delete_are_events(served: Served) -> None:
    served.post(PATH, body(note(1, changeType="collection"), note(2, changeType="deleted")), {})
    found = served.rows("SELECT operation FROM inbox ORDER BY id")
    assert [row["operation"] for row in found] == ["update", "delete"]


def test_one_of_ours_without_a_resource_is_kept_as_unknown_shape(served: Served) -> None:
    assert (served.post(PATH, body(note(1, resource=None)), {})).status_code == 200
    assert served.rows("SELECT reason FROM dead_letter") == [{"reason": "unknown_shape"}]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"value": 7}', b"\xff", body(7, None), b"x" * 2_000_000]
)
def test_no_body_makes_business_central_delete_the_subscription(served: Served, raw: bytes) -> None:
    status = (served.post(PATH, raw, {})).status_code
    assert status in ALLOWED or status >= 500


def test_a_database_that_is_gone_asks_for_the_batch_again(served: Served) -> None:
    served.db.path.unlink()
    answer = served.post(PATH, body(note(1)), {})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_a_rate_that_is_used_up_is_429(tmp_path: Path) -> None:
    served = made_with(tmp_path, CONFIG + 'rate = "1/hour"\n')
    assert (served.post(PATH, body(note(1)), {})).status_code == 200
    answer = served.post(PATH, body(note(2)), {})
    assert (answer.status_code, "retry-after" in answer.headers) == (429, True)
    served.close()
