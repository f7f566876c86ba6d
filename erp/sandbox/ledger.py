"""The oracle: one row for every effect that took place. It counts, and deduplicates nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from tidegate.canon import Json, dumps, parse


class Ledger:
    """Effects in the order in which they happened, in the file of the records themselves."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def note(
        self,
        company: str,
        effect_key: str | None,
        entity: str,
        key: str,
        action: str,
        at: datetime,
        asked: Mapping[str, Json],
    ) -> None:
        """Write down an effect, in the transaction that makes it."""
        self._db.execute(
            "INSERT INTO effect (company, effect_key, entity, key, action, at, asked)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (company, effect_key, entity, key, action, at.isoformat(), dumps(dict(asked)).decode()),
        )

    def effects(self) -> list[Json]:
        """One entry for each effect key, by its first effect; one for each effect without key."""
        rows = self._db.execute(
            "SELECT e.effect_key, e.entity, e.key, g.times, g.first_at, g.last_at FROM"
            " (SELECT min(seq) AS first, count(*) AS times, min(at) AS first_at, max(at) AS last_at"
            "  FROM effect"
            "  GROUP BY effect_key, CASE WHEN effect_key IS NULL THEN seq END) AS g"
            " JOIN effect AS e ON e.seq = g.first ORDER BY g.first"
        )
        return [
            {
                "effect_key": effect_key,
                "entity": entity,
                "key": key,
                "count": count,
                "first_at": first_at,
                "last_at": last_at,
            }
            for effect_key, entity, key, count, first_at, last_at in rows
        ]

    def rows(self) -> list[Json]:
        """Every effect, oldest first, with the values that were asked for."""
        rows = self._db.execute(
            "SELECT seq, company, effect_key, entity, key, action, at, asked FROM effect"
            " ORDER BY seq"
        )
        return [
            {
                "seq": seq,
                "company": company,
                "effect_key": effect_key,
                "entity": entity,
                "key": key,
                "action": action,
                "at": at,
                "values": parse(asked.encode()),
            }
            for seq, company, effect_key, entity, key, action, at, asked in rows
        ]
