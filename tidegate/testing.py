"""The real spine on SQLite, stepped in one thread: for our tests, and for those of extensions."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from erp.mapping import Mapper
from erp.rules import load
from ingest import keys
from ingest.arrival import Accepted, Arrival
from ingest.reports import event_report
from ingest.stamps import parse
from ingest.writer import Writer
from processor.apply import Apply
from processor.breaker import Finished
from processor.drain import Drain, Target
from processor.duties import Duties
from processor.requests import Requests, order_of
from processor.sealing import Sealing
from processor.store import QueueStore
from sql.database import Database
from sql.leadership import Leadership
from sql.migrate import upgrade
from sql.oslock import FileLock
from sql.sqlite import SqliteDatabase, stamp
from tidegate import canon
from tidegate.adapter import Adapter
from tidegate.canon import Json
from tidegate.clock import Clock, ManualClock
from tidegate.config import Config, load_config
from tidegate.errors import StoreError
from tidegate.fingerprint import content_hash
from tidegate.ids import Ids, seeded_ids
from tidegate.lanes import InlineLanes, Lanes

__all__ = ["Pipeline", "arrival", "migrated"]

_DATES = (
    "UPDATE leader SET beat_at = ?, since = ?",
    "UPDATE seal SET at = ?",
    "UPDATE schema_version SET applied_at = ?",
)


def migrated(path: Path, clock: Clock) -> SqliteDatabase:
    """A new database at `path` as `upgrade` would leave it: a copy of one made once a process."""
    path.write_bytes(_template())
    database = SqliteDatabase(path, clock)
    now = stamp(clock.now())
    with database.engine.begin() as connection:
        for sql in _DATES:
            connection.exec_driver_sql(sql, (now,) * sql.count("?"))
    return database


@cache
def _template() -> bytes:
    with TemporaryDirectory() as folder:
        path, clock = Path(folder) / "template.sqlite", ManualClock()
        database = SqliteDatabase(path, clock)
        upgrade(database, clock)
        database.close()
        return path.read_bytes()


def arrival(
    ids: Ids,
    config: Config,
    record: Mapping[str, Any],
    *,
    entity: str = "products",
    id_field: str = "item_id",
    stamp_field: str = "last_modified_time",
    operation: str = "update",
    message_id: str | None = None,
    body: bytes | None = None,
) -> Arrival:
    """A delivery of `record`, as the webhook route would make it."""
    options = config.entity("zoho", entity)
    entity_id = str(record[id_field])
    stamp_text = record.get(stamp_field)
    stamp = parse(stamp_text) if stamp_text else None
    content: Json = dict(record)
    hashed = content_hash(
        operation,
        stamp.text() if stamp else None,
        content,
        volatile=options.volatile,
        ids=options.ids,
    )
    key_hash, key_text = keys.entity_order_key("zoho", entity, entity_id)
    return Arrival(
        delivery_id=str(ids.uuid()),
        event_id=str(ids.uuid()),
        source="zoho",
        entity=entity,
        kind=options.kind,
        dedup=options.dedup,
        order=options.order,
        operation=operation,
        channel="shape",
        body=body if body is not None else canon.dumps({"item": content}),
        media_type="application/json",
        config_version=config.version,
        entity_text=entity_id,
        pointer="/item",
        replay_dead=options.replay_dead,
        content_hash=hashed,
        stamp=stamp,
        stamp_text=stamp.text() if stamp else None,
        head_hash=keys.head_hash("zoho", entity, entity_id),
        key_hash=key_hash,
        key_text=key_text,
        message_id=message_id,
        message_key=keys.message_key("zoho", message_id, signed=True, content_hash=hashed)
        if message_id
        else None,
    )


class Pipeline:
    """Inbox, drain and outbox over one adapter.

    Args:
        folder: where the database file goes.
        adapter: the far side, named `sandbox`.
        clock: moves when told.
        database: another one than a new SQLite file, its schema up to date.
        lanes: other than inline ones.
    """

    def __init__(
        self,
        folder: Path,
        adapter: Adapter,
        *,
        clock: ManualClock | None = None,
        seed: int = 1,
        config: Config | None = None,
        database: Database | None = None,
        lanes: Lanes[Finished] | None = None,
    ) -> None:
        self.clock = clock or ManualClock()
        self.chance = random.Random(seed)
        self.ids = seeded_ids(self.clock, self.chance)
        self.config = config or load_config(None)
        self.rules, self.mapper = load(self.config), Mapper(self.config)
        self.folder = folder
        if database is None:
            database = migrated(folder / "tidegate.sqlite", self.clock)
        self.db = database
        self.adapter = adapter
        self.settled: list[str] = []
        self.writer: Writer[int] = Writer(
            self.db,
            "sandbox",
            self.chance,
            self.clock.advance,
            lambda: self.clock.now().timestamp(),
            lambda _: None,
        )
        self.leadership, self.drain = self.processor("one", lanes)

    def processor(
        self, name: str, lanes: Lanes[Finished] | None = None
    ) -> tuple[Leadership, Drain]:
        """Another candidate on the same database."""
        lock = FileLock(self.folder / "sync.lock")
        leadership = Leadership(self.db, "sync", lock, self.clock, self.ids, name)
        store = QueueStore(self.db, self.clock, self.config.version)
        asked = (store.links.of("sandbox"), store.unanswered)
        apply = Apply(
            self.adapter, self.clock, self.rules, "sandbox", self.mapper, self.config, *asked
        )
        drain = Drain(
            store,
            leadership,
            [Target("sandbox", apply)],
            lanes or InlineLanes(8),
            self.config,
            self.clock,
            self.chance,
            self.settled.extend,
            Requests(self.db, self.clock, self.config.version, order_of(self.config)),
            Duties(Sealing(self.db).duties(), self.clock),
        )
        return leadership, drain

    def post(self, record: Mapping[str, Any], **options: Any) -> Accepted:
        """Accept one product; raises what the writer would answer with."""
        return self.accept([arrival(self.ids, self.config, record, **options)])[0]

    def accept(self, arrivals: Sequence[Arrival]) -> list[Accepted]:
        """Accept a batch."""
        outcomes = self.writer.accept(arrivals)
        for outcome in outcomes:
            if isinstance(outcome, StoreError):
                raise outcome
        return [outcome for outcome in outcomes if isinstance(outcome, Accepted)]

    def run(self, rounds: int = 50, advance: float = 0.0) -> None:
        """Step the drain so many rounds, letting `advance` seconds pass after each."""
        for _ in range(rounds):
            self.drain.step(self.clock.monotonic())
            self.clock.advance(advance)

    def event(self, event_id: UUID | str | None) -> dict[str, Any]:
        """What `GET /events/{id}` would say."""
        found = self.db.read("events/get", {"uuid": str(event_id)})
        return event_report(found["event"][0], found["attempts"])

    def close(self) -> None:
        """Close the database."""
        self.leadership.close()
        self.db.close()
