"""The ERP port: what an adapter is, and what it is handed.

An adapter names its commands and how each may be repeated, applies one, and probes one. It
answers `Applied` or `Rejected`; whatever else happens it raises, and rules decide what it means.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from tidegate.canon import Json
from tidegate.errors import SendRefused
from tidegate.outcome import Applied, Finding, Rejected


class Repeat(enum.Enum):
    """How a command whose outcome is unknown may be repeated (design: effects)."""

    TRANSACTIONAL = "transactional"
    KEY = "key"
    CONDITIONAL = "conditional"
    PROBE = "probe"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Capability:
    """One command that an adapter can do.

    Args:
        repeat: how an unknown outcome is repeated.
        in_doubt: seconds after which an abandoned request can no longer take effect. Until then a
            probe's `NotApplied` is not believed, nor that a repeat was refused for good:
            the request before it may still land. `Repeat.PROBE` needs it; where `Repeat.KEY` and
            `Repeat.CONDITIONAL` name none, a refused repeat ends the event at once.
        removes: whether the record is gone afterwards, so that an earlier create of it, abandoned
            and done since by a repeat, could land a second time. Such a command is sent only
            once no unanswered write of its key can take effect any more, by `in_doubt`.
    """

    repeat: Repeat
    in_doubt: float | None = None
    removes: bool = False


def _send_nothing_recorded(request: bytes, version: str | None) -> None:
    """Outside the processor nobody records and nobody fences."""


def _nobody_settles(_: Applied) -> Mapping[str, Any]:
    raise SendRefused("nobody here can settle the event")


# Not frozen: to build a frozen one costs three times as much, and one is built for every attempt.
@dataclass(slots=True)
class Command:
    """One write that is asked for. An adapter changes nothing of it.

    Args:
        name: the capability, such as `items.upsert`.
        key: the far side's natural key, as text.
        values: the fields as the mapping made them.
        repeated: true where an earlier attempt of this very command ended unknown.
        earlier_version: the version (ETag) that the unknown attempt read, None where none is
            on record (a crash).
        link: the far record's id, where it is known which one the event is about.
        match: the far field that holds `key`, to find the record by where there is no link;
            None: the natural key's own.
        sending: called immediately before the first byte of a write leaves, with what is sent
            and the version that was read. It raises `SendRefused` where the leadership is too
            old, and records the rest.
        settling: for `Repeat.TRANSACTIONAL` alone: the document that settles the event in the
            effect's own transaction. Who has called it returns `Applied` only where that
            transaction was committed. It raises `SendRefused` as `sending` does.
    """

    name: str
    key: str
    values: Mapping[str, Json]
    repeated: bool = False
    earlier_version: str | None = None
    link: str | None = None
    match: str | None = None
    sending: Callable[[bytes, str | None], None] = field(
        default=_send_nothing_recorded, compare=False, repr=False
    )
    settling: Callable[[Applied], Mapping[str, Any]] = field(
        default=_nobody_settles, compare=False, repr=False
    )


class Adapter(Protocol):
    """What the processor needs of a far side. Instances are used by several threads at once."""

    @property
    def commands(self) -> Mapping[str, Capability]:
        """The commands it can do."""
        ...

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        """Write. Raises `FarError` or `SendRefused`; anything else counts as unknown."""
        ...

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        """Read only: did an earlier attempt of this command take effect?"""
        ...

    def health(self) -> None:
        """A cheap read; raises `FarError` where the far side does not answer."""
        ...

    def close(self) -> None:
        """Free connections."""
        ...


@runtime_checkable
class Reads(Protocol):
    """What an adapter may offer beside its commands: records, for callers who only look.

    The names are `purchaseOrders`, `purchaseOrderLines`, `vendors`, `items` and `quotes`; each
    record carries its natural key as `number`, a line's as `lineNo`.
    """

    @property
    def reads(self) -> Mapping[str, str | None]:
        """By name: None where it can be read, else why not."""
        ...

    def read(
        self, name: str, key: str, *, limit: int, after: str
    ) -> Sequence[Mapping[str, Json]] | None:
        """Records in the order of their natural keys; raises `FarError`.

        Args:
            key: the number of the one record that is wanted, empty for all; for
                `purchaseOrderLines` the order's number, and the lines of that order are meant.
            limit: the most records that are wanted.
            after: the natural key (for lines the line's number) after which to begin; empty for
                the beginning.

        None where there is no record, or no order, `key`.
        """
        ...
