"""Read, decide, write, compare: how every command runs whose repeat looks first."""

from __future__ import annotations

from uuid import UUID

from erp.business_central.client import Call, Client, Write
from erp.business_central.codeunit import refusal
from erp.business_central.compare import differing
from erp.business_central.odata import Record
from erp.business_central.repeats import Seen, Verdict, judge
from erp.business_central.writing import Fields, Writing
from tidegate.adapter import Command, Repeat
from tidegate.errors import FarError
from tidegate.outcome import Applied, CannotTell, Finding, NotApplied, Rejected

CONFLICTS = ("Request_EntityChanged", "Internal_EntityWithSameKeyExists")
TRIES = 3


class Conditional:
    """One command, run by its `Writing`.

    Args:
        repeat: `CONDITIONAL`, or `PROBE` where the caller waits until nothing can be late.
    """

    def __init__(self, writing: Writing, repeat: Repeat) -> None:
        self.repeat = repeat
        self._writing = writing

    def apply(self, client: Client, command: Command, effect_key: UUID) -> Applied | Rejected:
        """A first attempt always writes, a repeat only where it may.

        Raises `FarError`, `SendRefused`.
        """
        earlier = command.earlier_version
        tries = 0
        while True:
            tries += 1
            seen = self._writing.read(client, command)
            if isinstance(seen, Rejected):
                return _unless_repeated(command, seen)
            if command.repeated:
                verdict = judge(seen, earlier, self.repeat)
                if verdict is Verdict.SHOWN:
                    return self._found(command, seen)
                if verdict is Verdict.CANNOT_TELL:
                    raise _cannot_tell(_why(command, seen))
                earlier = seen.version
            ending = self._attempt(client, command, effect_key, seen, last=tries == TRIES)
            if ending is not None:
                return ending

    def probe(self, client: Client, command: Command) -> Finding:
        """The same comparison as a repeat's, and nothing is sent; raises `FarError`."""
        seen = self._writing.read(client, command)
        if isinstance(seen, Rejected):
            return CannotTell(seen.message)
        verdict = judge(seen, command.earlier_version, self.repeat)
        if verdict is Verdict.SHOWN:
            return self._found(command, seen)
        if verdict is Verdict.CANNOT_TELL:
            return CannotTell(_why(command, seen))
        return NotApplied(f"{command.key} does not show what was asked")

    def _attempt(
        self, client: Client, command: Command, effect_key: UUID, seen: Seen, *, last: bool
    ) -> Applied | Rejected | None:
        """The end, or None where somebody was faster and the record must be read again."""
        following = self._writing.write(command, seen)
        if following is None:
            return self._found(command, seen)
        if isinstance(following, Rejected):
            return following
        try:
            after = self._sent(client, command, effect_key, following)
        except FarError as error:
            if error.code in CONFLICTS and not last:
                return None
            rejected = refusal(error)
            if rejected is None:
                raise
            return rejected
        if after is None or differing(after, self._writing.kept(command, seen)):
            # Some answers of v18 are older than what they answer.
            after = self._read_back(client, command) or {}
        if isinstance(following, Write):
            after = self._completed(client, command, seen, after)
        return self._compared(command, seen, after)

    def _sent(
        self, client: Client, command: Command, effect_key: UUID, following: Write | Call
    ) -> Record | None:
        """The record after the write, None where the answer does not hold it."""
        if isinstance(following, Write):
            return client.write(following, command, effect_key)
        client.call(following, command, effect_key)
        return None

    def _completed(self, client: Client, command: Command, seen: Seen, after: Record) -> Record:
        """The record, once more written where one field of the body overwrote another."""
        kept = self._writing.kept(command, seen)
        wrong = differing(after, kept)
        if not after or not 0 < len(wrong) < len(kept):
            return after
        # It only completes the write before it, so the effect key is not sent a second time.
        path = f"{self._writing.entity}({after['id']})"
        again = Write(path, {name: kept[name] for name in wrong}, str(after["@odata.etag"]))
        return client.write(again, command, None)

    def _compared(self, command: Command, seen: Seen, after: Record) -> Applied | Rejected:
        """The end of a write that was taken: what the ERP shows must be what it was sent."""
        kept = self._writing.kept(command, seen)
        wrong = differing(after, kept)
        if wrong:
            shown = ", ".join(f"{name} = {after.get(name)!r}, not {kept[name]!r}" for name in wrong)
            text = f"{command.key} was written, but the ERP shows {shown}"
            return Rejected(text, "not_as_written")
        asked = self._writing.asked(command)
        old = None if seen.record is None else _only(seen.record, asked)
        answer = self._writing.answer(command, after)
        return Applied(old, _only(after, asked), answer, link=self._writing.link(after))

    def _read_back(self, client: Client, command: Command) -> Record | None:
        try:
            seen = self._writing.read(client, command)
        except FarError as error:
            # The write is done; that nobody could look leaves its outcome unknown.
            error.sent = True
            raise
        return None if isinstance(seen, Rejected) else seen.record

    def _found(self, command: Command, seen: Seen) -> Applied:
        if seen.record is None:
            return Applied(found=True)
        new = _only(seen.record, self._writing.asked(command))
        answer = self._writing.answer(command, seen.record)
        return Applied(None, new, answer, found=True, link=self._writing.link(seen.record))


def _only(record: Record, asked: Fields) -> Fields:
    return {name: record[name] for name in asked if name in record}


def _unless_repeated(command: Command, rejected: Rejected) -> Rejected:
    """A refusal, which would be a lie about an earlier attempt that may have taken effect."""
    if command.repeated:
        raise _cannot_tell(rejected.message)
    return rejected


def _why(command: Command, seen: Seen) -> str:
    changed = f"{command.key} was changed since the unknown attempt read it, and shows other values"
    return seen.unclear or changed


def _cannot_tell(message: str) -> FarError:
    # `sent` speaks of the earlier attempt: the outcome stays unknown.
    return FarError(message, sent=True, code="cannot_tell")
