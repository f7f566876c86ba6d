"""Outbox rows become dispatches: one for each subscription that wants the type."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict

from outbox.store import Distribution, OutboxRow, SubscriptionRow


def fan_out(
    rows: Sequence[OutboxRow],
    subscriptions: Sequence[SubscriptionRow],
    new_message_id: Callable[[], str],
) -> Distribution:
    """What replaces `rows`, which are in the order in which they were committed.

    Args:
        subscriptions: those that are on; what nobody wants is taken all the same.
    """
    wanted = [(each, None if each.types is None else _names(each.types)) for each in subscriptions]
    distribution = Distribution(taken=[{"id": row.id} for row in rows])
    used: Counter[tuple[int, bytes]] = Counter()
    for row in rows:
        for subscription, types in wanted:
            if types is not None and row.type not in types:
                continue
            key = (subscription.id, row.key_hash)
            distribution.dispatches.append(
                asdict(row)
                | {
                    "subscription_id": subscription.id,
                    "place": used[key],
                    "message_id": new_message_id(),
                }
            )
            used[key] += 1
    distribution.numbers.extend(
        {"subscription_id": subscription_id, "key_hash": key_hash, "n": n}
        for (subscription_id, key_hash), n in used.items()
    )
    return distribution


def _names(types: str) -> frozenset[str]:
    return frozenset(json.loads(types))
