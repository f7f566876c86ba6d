"""pgqueuer drains jobs that do nothing: asyncpg, its own drain mode.

Five workers of ten jobs at once are what `tools/benchmark.py --strategy drain` of its own has.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from importlib.metadata import version

import asyncpg
from jobs import Counter, arguments, chunks
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries
from pgqueuer.types import QueueExecutionMode


async def main() -> None:
    told = arguments()
    connections = [await asyncpg.connect(told.at) for _ in range(told.workers)]
    queries = Queries(AsyncpgDriver(connections[0]))
    await queries.install()
    for bodies in chunks(told.jobs):
        payloads: list[bytes | None] = [body.encode() for body in bodies]
        await queries.enqueue(["noop"] * len(bodies), payloads, [0] * len(bodies))
    await connections[0].execute("VACUUM ANALYZE")
    counter = Counter(told.jobs)
    houses = [_worker(connection, counter) for connection in connections]
    counter.start()
    await asyncio.gather(*(_drain(house, told.batch) for house in houses))
    said = {"batch": told.batch, "workers": told.workers}
    counter.report("pgqueuer", version("pgqueuer"), **said)


def _worker(connection: asyncpg.Connection, counter: Counter) -> PgQueuer:
    house = PgQueuer(AsyncpgDriver(connection))

    @house.entrypoint("noop")
    async def noop(_: Job) -> None:
        counter.one()

    return house


async def _drain(house: PgQueuer, batch: int) -> None:
    drain = QueueExecutionMode.drain
    await house.qm.run(timedelta(seconds=1), batch_size=batch, mode=drain)


asyncio.run(main())
