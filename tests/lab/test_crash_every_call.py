"""The n-th call to the store kills whoever made it, for every n: nothing is lost or done twice.

Source of the method: SQLite's own tests (sqlite.org/testing.html, section 3), which let the n-th
call fail for n = 1, 2, … until a run gets by without.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.chaos.faults import DiesAt
from lab.chaos.senders import Parcel
from lab.chaos.simulate import Simulation
from tidegate.telemetry import captured

PARCELS = (
    Parcel("invoices", "a", "v1", "2026-11-20T00:01:00Z"),
    Parcel("prices", "a", "v2", "2026-11-20T00:02:00Z"),
    Parcel("prices", "b", "poison-3", "2026-11-20T00:03:00Z"),
    Parcel("changes", "a", "v4", None, message="k4", command=True),
)
"""A create that is looked up, a change, a refusal that blocks its key, and a caller's command."""

MOST = 200


def run(folder: Path, n: int, word: str) -> DiesAt:
    faults = DiesAt(n, word)
    folder.mkdir()
    simulation = Simulation(n, folder, faults)
    with captured():
        simulation.house.start()
        for parcel in PARCELS:
            simulation.senders.send(Parcel(**vars(parcel)))
            simulation.world.run_until(simulation.world.now + 0.3)
        simulation.rest()
    found = simulation.oracle.rows("SELECT state FROM inbox ORDER BY state")
    assert [row["state"] for row in found] == ["applied", "applied", "applied", "dead"]
    simulation.close()
    return faults


@pytest.mark.parametrize("word", ["kill", "kill-after"])
def test_every_call_may_be_the_last_of_its_process(tmp_path: Path, word: str) -> None:
    for n in range(1, MOST):
        if not run(tmp_path / str(n), n, word).reached:
            assert n > 20
            return
    raise AssertionError(f"still going after {MOST} calls")
