"""procrastinate drains jobs that do nothing: psycopg, jobs kept as its default is."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from jobs import Counter, arguments, chunks
from procrastinate import App, PsycopgConnector


async def main() -> None:
    told = arguments()
    app = App(connector=PsycopgConnector(conninfo=told.at))
    counter = Counter(told.jobs)

    @app.task(name="noop")
    async def noop(body: str) -> None:
        counter.one()

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        for bodies in chunks(told.jobs):
            await noop.batch_defer_async(*({"body": body} for body in bodies))
        counter.start()
        await app.run_worker_async(
            wait=False,
            concurrency=told.batch,
            listen_notify=False,
            install_signal_handlers=False,
        )
    counter.report("procrastinate", version("procrastinate"), batch=told.batch)


asyncio.run(main())
