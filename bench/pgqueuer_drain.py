"""pgqueuer drains jobs that do nothing: asyncpg, its own drain mode."""

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
    connection = await asyncpg.connect(told.at)
    driver = AsyncpgDriver(connection)
    queries = Queries(driver)
    await queries.install()
    for bodies in chunks(told.jobs):
        payloads: list[bytes | None] = [body.encode() for body in bodies]
        await queries.enqueue(["noop"] * len(bodies), payloads, [0] * len(bodies))
    await connection.execute("VACUUM ANALYZE")
    counter = Counter(told.jobs)
    house = PgQueuer(driver)

    @house.entrypoint("noop")
    async def noop(_: Job) -> None:
        counter.one()

    counter.start()
    await house.qm.run(timedelta(seconds=1), batch_size=told.batch, mode=QueueExecutionMode.drain)
    counter.report("pgqueuer", version("pgqueuer"), batch=told.batch)


asyncio.run(main())
