"""A canary at the door: a key's adapter is drawn once, and kept whatever the share is later."""

from __future__ import annotations

import pytest

from ingest.arrival import Arrival
from ingest.batch import Batch
from ingest.heads import Key, Picture
from ingest.targets import Canary
from tests.ingest.test_door import HASH, TEXT, command, one
from tidegate.testing import Pipeline, arrival

ALL, NONE = Canary("official", "legacy", 100), Canary("official", "legacy", 0)


def _queued(batch: Batch, made: Arrival) -> tuple[str, str]:
    """The adapter of the queue row, and that of the key."""
    batch.add(made)
    lists = batch.document()
    [key] = lists["key_births"] + lists["key_moves"]
    return lists["queue"][-1]["target"], key["target"]


@pytest.mark.parametrize(("share", "name"), [(ALL, "official"), (NONE, "legacy")])
def test_a_new_key_goes_where_the_share_sends_it(pipe: Pipeline, share: Canary, name: str) -> None:
    made = arrival(pipe.ids, pipe.config, {"item_id": "1", "name": "Disk"})
    assert _queued(Batch(Picture(), share), made) == (name, name)


@pytest.mark.parametrize("share", [ALL, NONE])
def test_a_key_that_is_there_keeps_its_adapter(pipe: Pipeline, share: Canary) -> None:
    picture = Picture(keys={HASH: Key(HASH, TEXT, 7, 7, "first")})
    assert _queued(Batch(picture, share), command(pipe)) == ("first", "first")


def test_a_command_of_an_entity_whose_writes_are_off_is_turned_away(pipe: Pipeline) -> None:
    found = one(pipe, command(pipe, off=True))
    assert (found.verdict, found.rule) == ("rejected", "paused")
    assert one(pipe, command(pipe, off=True, respond_async=True)).verdict == "new"


def test_a_command_that_was_done_before_its_writes_went_off_is_still_known(pipe: Pipeline) -> None:
    done = one(pipe, command(pipe))
    again = one(pipe, command(pipe, off=True))
    assert (again.verdict, again.event_id) == ("duplicate", done.event_id)
