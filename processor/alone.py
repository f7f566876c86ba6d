"""An event whose effect is in the house's own database: its lane settles it in one transaction.

The lane is handed the settlement of the one end that it may come to, `Applied`. Any other end rolls
the transaction back and is settled by the drain, like everybody's.
"""

from __future__ import annotations

from dataclasses import dataclass

from processor.outcome import APPLIED
from processor.settle import Settlement
from processor.work import Claimed, Trace, Wrote
from sql.database import Document, Row
from sql.leadership import Leadership
from sql.seal_lines import closing
from sql.term import Term
from tidegate.errors import SendRefused
from tidegate.outcome import Applied


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether a lane may send, asked of the term that gave it the attempt."""

    leadership: Leadership
    term: Term

    def __call__(self) -> bool:
        # Bound to its term: a slow lane of a former term must not send on a later one's beat.
        return self.leadership.term is self.term and self.leadership.may_send()


@dataclass(slots=True)
class SettledAlone(Wrote):
    """A write that its lane has settled already.

    Args:
        row: the closed attempt.
        began: when its transaction began, on the boot time's clock (seconds).
    """

    row: Row
    began: float


def settlement(
    may_send: object,
    claimed: Claimed,
    applied: Applied,
    trace: Trace,
    boottime: float,
    config_version: str,
) -> tuple[Row, Document]:
    """The closed attempt, and the whole document of `queue/settle`.

    Raises `SendRefused` where no term gave the lane its attempt.
    """
    if not isinstance(may_send, Leave):
        raise SendRefused("no term stands behind this attempt")
    batch = Settlement(boottime, config_version)
    batch.add(Wrote(claimed, applied, trace), APPLIED)
    doc = {**may_send.term.fence(), "config_version": config_version, **batch.lists}
    return batch.lists["closes"][0], {**doc, **closing(batch.lists)}
