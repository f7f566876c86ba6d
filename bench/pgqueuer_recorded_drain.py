"""pgqueuer drains the same jobs, and its handler keeps the record that Tidegate keeps.

What a careful user would write by hand: an attempt opened before the call and closed after it with
request and answer, an audit row and an outbox row in the transaction that closes it; two round
trips a job. It has no seal, no order, no fence and no look-up of what is unknown.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from importlib.metadata import version

import asyncpg
from jobs import Counter, arguments, chunks
from pgqueuer import AsyncpgDriver, Job, PgQueuer, Queries
from pgqueuer.types import QueueExecutionMode

TABLES = """
CREATE TABLE attempt (
    job_id bigint NOT NULL, number int NOT NULL, opened_at timestamptz NOT NULL,
    closed_at timestamptz, outcome text, request text, answer text, PRIMARY KEY (job_id, number));
CREATE TABLE audit (
    id bigserial PRIMARY KEY, job_id bigint NOT NULL, at timestamptz NOT NULL,
    actor text NOT NULL, action text NOT NULL, new text);
CREATE INDEX audit_of_job ON audit (job_id);
CREATE TABLE outbox (
    id bigserial PRIMARY KEY, type text NOT NULL, subject text NOT NULL,
    data text NOT NULL, at timestamptz NOT NULL);
"""
OPEN = "INSERT INTO attempt (job_id, number, opened_at) VALUES ($1, 1, now())"
CLOSE = """
WITH closed AS (
    UPDATE attempt SET closed_at = now(), outcome = 'applied', request = $2, answer = $3
    WHERE job_id = $1 AND number = 1),
changed AS (
    INSERT INTO audit (job_id, at, actor, action, new)
    VALUES ($1, now(), 'source:zoho', 'applied', $3))
INSERT INTO outbox (type, subject, data, at) VALUES ('products.applied', $4, $3, now())
"""
SESSIONS = 10


async def main() -> None:
    told = arguments()
    connection = await asyncpg.connect(told.at)
    driver = AsyncpgDriver(connection)
    queries = Queries(driver)
    await queries.install()
    await connection.execute(TABLES)
    for bodies in chunks(told.jobs):
        payloads: list[bytes | None] = [body.encode() for body in bodies]
        await queries.enqueue(["upsert"] * len(bodies), payloads, [0] * len(bodies))
    await connection.execute("VACUUM ANALYZE")
    counter = Counter(told.jobs)
    house = PgQueuer(driver)
    async with asyncpg.create_pool(told.at, min_size=SESSIONS, max_size=SESSIONS) as pool:

        @house.entrypoint("upsert")
        async def upsert(job: Job) -> None:
            await pool.execute(OPEN, job.id)
            item = json.loads(job.payload or b"{}")["item"]
            command = {"number": item["sku"], "displayName": item["name"]}
            request = json.dumps({"command": "items.upsert", "values": command}, sort_keys=True)
            answer = json.dumps(command, sort_keys=True)
            await pool.execute(CLOSE, job.id, request, answer, item["item_id"])
            counter.one()

        counter.start()
        drain = QueueExecutionMode.drain
        await house.qm.run(timedelta(seconds=1), batch_size=told.batch, mode=drain)
        counter.report("pgqueuer, with the record", version("pgqueuer"), batch=told.batch)


asyncio.run(main())
