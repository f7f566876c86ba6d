"""The record, proved: the seal's chain recomputed, against heads that were kept elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from sql.database import Database
from sql.seal import Head, Proof, prove
from tidegate.errors import ConfigError


def verify(
    db: Database, heads: Iterable[Head] = (), told: Callable[[int, int], None] = lambda *_: None
) -> dict[str, Any]:
    """What the proof came to: findings, counts, how far it goes.

    Args:
        heads: exported earlier, by `head`.
        told: the link that was reached, and the last one.
    """
    kept = list(heads)
    proof = prove(db, kept, told)
    return {
        "findings": [
            {"kind": each.kind, "link": each.link, "text": each.text} for each in proof.findings
        ],
        "links": proof.links,
        "proved_up_to": proof.to_head,
        "attempts": proof.attempts,
        "changes": proof.changes,
        "unsealed": proof.unsealed,
        "beside_pruned": proof.beside_pruned,
        "says": says(proof, kept),
    }


def says(proof: Proof, heads: list[Head]) -> str:
    """How far the proof goes, in words."""
    found = f"{proof.attempts} attempts under {proof.links} links"
    if not heads:
        return f"{found}; without --head nobody can tell whether the chain was written anew"
    if proof.to_head is None:
        return f"{found}; proved up to no link: no head that was given is in the chain"
    return f"{found}; proved up to link {proof.to_head} of {proof.links}"


def head(db: Database) -> Head:
    """The newest link, to be kept where who writes to the database cannot."""
    bounds = db.read("seal/bounds", {})["bounds"][0]
    if bounds["seq"] is None:
        raise ConfigError("the chain is empty", next_step="tidegate audit verify")
    return Head(bounds["seq"], bounds["hash"].hex(), f"{bounds['at'].replace(' ', 'T')}Z")


def line(kept: Head) -> str:
    """A head as one line of JSON."""
    return json.dumps({"seq": kept.seq, "hash": kept.hash, "at": kept.at})


def heads_of(lines: Iterable[str]) -> list[Head]:
    """Heads as they were exported, or as the log holds them. Raises `ConfigError`."""
    return [_head(number, text) for number, text in enumerate(lines, 1) if text.strip()]


def _head(number: int, text: str) -> Head:
    try:
        found = json.loads(text)
        return Head(int(found["seq"]), str(found["hash"]).lower(), str(found.get("at", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            f"line {number} is no head: {error}",
            next_step='name a file of lines like {"seq": 7, "hash": "…", "at": "…"}',
        ) from error
