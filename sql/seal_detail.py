"""Whether a closed attempt agrees with its own digests."""

from __future__ import annotations

import hashlib

from sql.database import Row
from tidegate.fingerprint import digest

_DETAIL = (
    "status",
    "error_class",
    "message",
    "duration_ms",
    "request_hash",
    "answer_hash",
    "version",
)


def oddity(attempt: Row, body: Row | None, *, erased: bool = False) -> str:
    """What of a closed attempt does not agree with its own digests; empty where all does.

    Args:
        body: what was sent and what came back; None where neither is kept (any more).
        erased: its words were taken away on purpose, so its details can no longer be recomputed.
    """
    if attempt["detail_hash"] == "":
        # Closed for a term that was gone: nothing of the call is known, so nothing may be said.
        made = (attempt["rule"], attempt["rule_version"])
        bare = made == ("crash", 1) and all(attempt[name] is None for name in _DETAIL)
        return "" if bare else "its details"
    kept = body if body is not None and body["erased_at"] is None else None
    answer = _sha256(kept["answer"]) if kept else None
    if not erased and not _details_agree(attempt, answer):
        return "its details"
    if kept and kept["request"] and _sha256(kept["request"]) != attempt["request_hash"]:
        return "the request that was sent"
    if answer is not None and attempt["answer_hash"] not in (None, answer):
        return "the answer that came back"
    return ""


def _details_agree(attempt: Row, answer: str | None) -> bool:
    if attempt["detail_hash"] == _detail(attempt, attempt["answer_hash"]):
        return True
    # Before schema 4 the answer's hash was in the digest alone.
    old = attempt["answer_hash"] is None
    return old and attempt["detail_hash"] == _detail(attempt, answer)


def _detail(attempt: Row, answer_hash: str | None) -> str:
    """The digest of processor.settle's `closing`, from what the columns say now."""
    a = attempt
    numbers = (str(a["rule_version"]), str(a["status"]))
    hashes = (str(a["duration_ms"]), a["request_hash"], answer_hash, a["version"])
    return digest(a["rule"], *numbers, a["error_class"], a["message"], *hashes).hex()


def _sha256(raw: bytes | str | None) -> str | None:
    # SQLite keeps what somebody wrote there, text as well.
    kept = raw.encode() if isinstance(raw, str) else raw
    return None if kept is None else hashlib.sha256(kept).hexdigest()
