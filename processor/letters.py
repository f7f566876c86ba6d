"""Dead letters: how they are born, and what groups those of one cause."""

from __future__ import annotations

import re

from processor.outcome import Letter
from processor.work import Claimed
from sql.database import Row
from tidegate.fingerprint import digest

# Quoted values, GUIDs (Business Central's CorrelationId is one), ids in hexadecimal, numbers.
_CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[a-f]*\d)[0-9a-f]{8,}\b"
    r"|\d+|'[^']*'|\"[^\"]*\"",
    re.IGNORECASE,
)


def fingerprint(error_class: str, message: str, entity: str) -> str:
    """The same for letters of one cause: ids, numbers and quoted values do not count."""
    return digest(error_class, _CHANGING.sub("#", message), entity).hex()


def birth(claimed: Claimed, letter: Letter) -> Row:
    """The row of a new letter."""
    return {
        "event_id": claimed.event_id,
        "event_uuid": claimed.uuid,
        "key_id": claimed.key_id,
        "reason": letter.reason,
        "error_class": letter.error_class[:100],
        "message": letter.message[:2000],
        "fingerprint": fingerprint(letter.error_class, letter.message, claimed.entity),
        "attempts": claimed.number,
    }
