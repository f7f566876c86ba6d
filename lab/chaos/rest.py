"""The end of a run: nothing fails any more, and everything comes to its end."""

from __future__ import annotations

from datetime import UTC, datetime

from lab.chaos.house import House
from lab.chaos.jobs import Jobs
from lab.chaos.operators import Operators
from lab.chaos.oracle import Oracle
from lab.chaos.senders import Senders
from lab.chaos.world import Broken, World

SHORT = 2.0
QUIET = 3
"""Rounds of that many seconds in which nothing is left to do before all is looked at."""

REST_ROUNDS = 150

_UNFINISHED = """
SELECT (SELECT COUNT(*) FROM sync_queue q JOIN inbox i ON i.id = q.event_id
        WHERE i.state = 'live' AND NOT EXISTS (
            SELECT 1 FROM sync_queue b JOIN inbox d ON d.id = b.event_id
            WHERE b.key_id = q.key_id AND b.seq < q.seq AND d.state = 'dead')) AS events,
       (SELECT COUNT(*) FROM outbox) AS outbox,
       (SELECT COUNT(*) FROM dispatch WHERE state < 5) AS dispatches,
       (SELECT COUNT(*) FROM operator_request WHERE state IN ('open', 'running')) AS requests,
       (SELECT COUNT(*) FROM operator_request WHERE state = 'paused') AS paused,
       (SELECT COUNT(*) FROM audit_trail WHERE attempt IS NULL AND id > COALESCE(
           (SELECT value FROM counter WHERE name = 'sealed.audit'), 0)) AS unsealed
"""
_BEAT = "SELECT beat + epoch FROM leader WHERE name = 'sync'"
_DUE = """
SELECT MIN(due_at) FROM (SELECT due_at FROM sync_queue WHERE state IN (3, 4)
                         UNION ALL SELECT due_at FROM dispatch WHERE state = 3)
"""


def come_to_rest(
    world: World,
    house: House,
    oracle: Oracle,
    senders: Senders,
    operators: Operators,
    jobs: Jobs,
) -> None:
    """Go on until nothing is left to do, in virtual time, however long that takes.

    Raises `Broken` where something never ends.
    """
    world.trace("world", "comes to rest")
    for process in house.processes.values():
        process.frozen_until = min(process.frozen_until, world.now)
    operators.resume()
    if house.muddled:
        house.deploy(muddled=False)
    quiet = 0
    for _ in range(REST_ROUNDS):
        beat = oracle.value(_BEAT)
        world.run_until(world.now + SHORT)
        left = oracle.rows(_UNFINISHED)[0]
        # What people did is sealed by whoever leads, a second later.
        led = oracle.value(_BEAT) > beat
        quiet = quiet + 1 if led and not any(left) and not _under_way(house, senders) else 0
        if quiet == QUIET:
            return
        if not left["requests"]:
            operators.release_all()
        jobs.resume_all()
        _leap(world, oracle)
    raise Broken(f"everything comes to an end: {dict(left)} is left")


def _under_way(house: House, senders: Senders) -> bool:
    answered = all(parcel.answered for parcel in senders.parcels)
    return not answered or any(house.ledger.under_way.values())


def _leap(world: World, oracle: Oracle) -> None:
    """Let the time pass in which nothing would happen."""
    due = oracle.value(_DUE)
    if due is None:
        return
    wait = datetime.fromisoformat(due).replace(tzinfo=UTC) - world.clock.now()
    if wait.total_seconds() > SHORT:
        world.clock.advance(wait.total_seconds())
