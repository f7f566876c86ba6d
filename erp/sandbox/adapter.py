"""The adapter for the sandbox, over HTTP: conditional writes, reads before repeats."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import httpx

from erp.sandbox.client import Client, Record, Write
from erp.sandbox.commands import Fields, ItemUpsert, LineDate, Writing
from erp.sandbox.repeats import Seen, Verdict, judge
from tidegate import egress
from tidegate.adapter import Capability, Command, Repeat
from tidegate.errors import ConfigError, FarError
from tidegate.outcome import Applied, CannotTell, Finding, NotApplied, Rejected

CONFLICTS = ("Request_EntityChanged", "Internal_EntityWithSameKeyExists")
REFUSALS = ("Application_", "BadRequest", "Internal_InvalidTableRelation")
TRIES = 3


def build(
    base_url: str,
    company: str = "CRONUS",
    timeout: float = 2.0,
    *,
    repeat: Repeat = Repeat.CONDITIONAL,
    in_doubt: float = 3.0,
) -> SandboxAdapter:
    """The adapter for a sandbox at `base_url`; `timeout` and `in_doubt` in seconds."""
    if repeat is Repeat.PROBE and timeout >= in_doubt:
        raise ConfigError(
            f"a call's timeout ({timeout} s) must be shorter than in_doubt ({in_doubt} s)",
            next_step="raise in_doubt, or shorten the adapter's timeout",
        )
    client = egress.client(timeout=timeout, base_url=base_url)
    return SandboxAdapter(client, company=company, repeat=repeat, in_doubt=in_doubt)


class SandboxAdapter:
    """Implements `tidegate.adapter.Adapter`.

    Args:
        client: with base address and timeouts; closed by `close`.
        company: name or id.
        repeat: `CONDITIONAL`, or `PROBE` where the caller must wait for `in_doubt`.
        in_doubt: seconds after which an abandoned request can no longer take effect.
    """

    def __init__(
        self,
        client: httpx.Client,
        *,
        company: str = "CRONUS",
        repeat: Repeat = Repeat.CONDITIONAL,
        in_doubt: float = 3.0,
    ) -> None:
        self._client = Client(client, company)
        self._repeat = repeat
        self._writings: Mapping[str, Writing] = {
            "items.upsert": ItemUpsert(),
            "purchaseOrderLines.date": LineDate(),
        }
        capability = Capability(repeat, in_doubt if repeat is Repeat.PROBE else None)
        self._commands = dict.fromkeys(self._writings, capability)

    @property
    def commands(self) -> Mapping[str, Capability]:
        """The commands it can do."""
        return self._commands

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        """Read, decide, write. A first attempt always writes; a repeat only where it may."""
        writing = self._writings[command.name]
        earlier = command.earlier_version
        tries = 0
        while True:
            tries += 1
            seen = writing.read(self._client, command)
            if command.repeated:
                verdict = judge(seen, earlier, self._repeat)
                if verdict is Verdict.SHOWN and seen.record is not None:
                    return _found(writing, command, seen.record)
                if verdict is Verdict.CANNOT_TELL:
                    raise _cannot_tell(command)
                earlier = seen.version
            write = writing.write(command, seen)
            if isinstance(write, Rejected):
                return write
            ending = self._send(writing, command, effect_key, seen, write, last=tries == TRIES)
            if ending is not None:
                return ending

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        """The same comparison as a repeat's, and nothing is sent; raises `FarError`."""
        writing = self._writings[command.name]
        seen = writing.read(self._client, command)
        verdict = judge(seen, command.earlier_version, self._repeat)
        if verdict is Verdict.SHOWN and seen.record is not None:
            return _found(writing, command, seen.record)
        if verdict is Verdict.CANNOT_TELL:
            return CannotTell(_changed_since(command))
        return NotApplied(f"{command.key} does not show what was asked")

    def health(self) -> None:
        """Ask for the companies; raises `FarError`."""
        self._client.health()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(
        self,
        writing: Writing,
        command: Command,
        effect_key: UUID,
        seen: Seen,
        write: Write,
        *,
        last: bool,
    ) -> Applied | Rejected | None:
        """The end, or None where somebody was faster and the record must be read again."""
        try:
            after = self._client.write(write, command, effect_key)
        except FarError as error:
            if error.code in CONFLICTS and not last:
                return None
            rejected = _rejection(error)
            if rejected is None:
                raise
            return rejected
        asked = writing.asked(command)
        old = None if seen.record is None else _only(seen.record, asked)
        return Applied(old, _only(after, asked), writing.answer(command, after))


def _found(writing: Writing, command: Command, record: Record) -> Applied:
    new = _only(record, writing.asked(command))
    return Applied(None, new, writing.answer(command, record), found=True)


def _only(record: Record, asked: Fields) -> Fields:
    return {name: record[name] for name in asked if name in record}


def _rejection(error: FarError) -> Rejected | None:
    """A business refusal in the ERP's own words, or None where rules must decide."""
    if error.status != 400 or error.code in CONFLICTS or not error.code.startswith(REFUSALS):
        return None
    return Rejected(str(error), error.code)


def _changed_since(command: Command) -> str:
    return f"{command.key} was changed since the unknown attempt read it, and shows other values"


def _cannot_tell(command: Command) -> FarError:
    # `sent` speaks of the earlier attempt: the outcome stays unknown.
    return FarError(_changed_since(command), sent=True, code="cannot_tell")
