"""One attempt, as a lane runs it: map, ask the leadership, call the adapter, judge the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, TypeAlias, assert_never

from erp.failure import SqlFarError
from erp.links import Link, link_hash, no_links
from erp.mapping import Ignored, Mapped, Mapper, Missing
from erp.rules import Decision, Rules
from processor.alone import SettledAlone, settlement
from processor.shadow import SHADOW, shadowed
from processor.texts import quoted, uuid_of, word
from processor.work import Claimed, Looked, Trace, Wrote
from sql.database import Document, Row
from tidegate import canon
from tidegate.adapter import Adapter, Command, Repeat
from tidegate.bodies import json_text
from tidegate.canon import Json
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.errors import FarError, SendRefused, StoreError, TidegateError
from tidegate.outcome import Applied, CannotTell, Finding, NotApplied, NotSent, Outcome, Rejected
from tidegate.telemetry import span_from

MaySend: TypeAlias = Callable[[], bool]

Unanswered: TypeAlias = Callable[[Claimed, float], float | None]
"""Of another write of an event's key: `QueueStore.unanswered`."""

STORE_AFTER = 1.0
"""Seconds until a record is mapped again for which the database could not be read."""

_NOTHING_SENT = (Repeat.CONDITIONAL, None)
"""Of an event for which nothing can have been sent: to try again is safe."""

_PLAIN = frozenset({str, int, bool, Decimal, type(None)})

_NOTHING_TO_LOOK_AT = frozenset({Repeat.KEY, Repeat.TRANSACTIONAL, Repeat.NEVER})


@dataclass(slots=True)
class _Sending:
    """Stands between the adapter and the wire: asks, then records."""

    clock: Clock
    may_send: MaySend
    sent_boottime: float | None = None
    request: bytes | None = None
    version: str | None = None
    command: Command | None = None
    values: str = ""
    needs: tuple[bytes, float] | None = None
    repeat: tuple[Repeat, float | None] = _NOTHING_SENT
    shadow: bool = False
    closed: Row | None = None

    def __call__(self, request: bytes, version: str | None) -> None:
        if self.shadow:
            self.request, self.version = request, version
            raise SendRefused("writes are shadow")
        if not self.may_send():
            raise SendRefused("the last confirmed beat is too old to send on")
        self.sent_boottime = self.clock.boottime()
        self.request = request
        self.version = version

    def begins(self, command: Command) -> None:
        """This is what is asked, and what announces itself here."""
        self.command, self.values = command, canon.text(dict(command.values))
        command.sending = self

    def over(self) -> None:
        """Let go of the command, which holds this: nobody shall have to look for such circles."""
        if self.command is not None:
            self.command.sending, self.command = _too_late, None

    def record(self) -> bytes | None:
        """What was asked and sent, as canonical JSON; the values are written out once."""
        command = self.command
        if command is None or (self.request is None and not self.shadow):
            return None
        sent = None if self.request is None else self.request.decode("utf-8", "backslashreplace")
        return (
            f'{{"command":{word(command.name)},"key":{quoted(command.key)},'
            f'"link":{quoted(command.link)},"match":{word(command.match)},'
            f'"sent":{quoted(sent)},'
            f'"values":{self.values}}}'
        ).encode()

    def shows(self, new: Mapping[str, Json]) -> bytes:
        """The far side's values as canonical JSON; most often they are those that were asked."""
        asked = self.command.values if self.command is not None else None
        if asked is not None and _alike(asked, new):
            return self.values.encode()
        return canon.dumps(dict(new))


def all_answered(_claimed: Claimed, _within: float) -> float | None:
    """Of a far side that has answered every write."""
    return None


def _too_late(_request: bytes, _version: str | None) -> None:
    raise SendRefused("the attempt is over")


class Apply:
    """Runs attempts against one adapter; safe to use from several lanes.

    Args:
        adapter: the far side.
        clock: times the calls.
        rules: what its exceptions mean.
        name: the adapter's, for rules that are of one adapter alone.
        mapper: makes commands of records.
        config: says which entities are forwarded alone.
        link: the adapter's records by a source's; called in lanes.
        unanswered: whether another write of a key may still land; called in lanes.
    """

    def __init__(
        self,
        adapter: Adapter,
        clock: Clock,
        rules: Rules,
        name: str,
        mapper: Mapper,
        config: Config,
        link: Link = no_links,
        unanswered: Unanswered = all_answered,
    ) -> None:
        self._adapter = adapter
        self._clock = clock
        self._rules = rules
        self._name = name
        self._mapper = mapper
        self._config = config
        self._entity = lru_cache(256)(config.entity)
        self._link = link
        self._unanswered = unanswered

    def repeat_of(self, claimed: Claimed) -> tuple[Repeat, float | None]:
        """How the event's command may be repeated, and its time in doubt (seconds)."""
        return self._repeat_of(self._asked(claimed))

    def health(self) -> None:
        """A cheap read of the far side; raises where it does not answer."""
        self._adapter.health()

    def write(self, claimed: Claimed, may_send: MaySend) -> Wrote:
        """Do it; `may_send` is asked before the first byte. Never raises."""
        writes = self._entity(claimed.source, claimed.entity).writes
        sending = _Sending(self._clock, may_send, shadow=writes == SHADOW)
        began = self._clock.monotonic()
        answer: bytes | None = None
        status: int | None = None
        with span_from(
            claimed.trace,
            "erp.apply",
            entity=claimed.entity,
            key=claimed.entity_text,
            action=claimed.operation,
            attempt=claimed.number,
        ):
            try:
                decision = self._write(claimed, sending)
            except StoreError as error:
                unread = NotSent(f"the database cannot be read: {error}", "store", STORE_AFTER)
                decision = self._decided(unread, "store")
            except Exception as error:
                sent = sending.sent_boottime is not None
                decision = self._rules.decide(error, adapter=self._name, sent=sent)
                if isinstance(error, FarError):
                    answer, status = error.answer, error.status
                if isinstance(error, SqlFarError) and error.stays:
                    sending.repeat = (Repeat.NEVER, None)
        kept = None
        if sending.shadow:
            kept = shadowed(decision, claimed, stopped=sending.request is not None)
            decision = kept or decision
        trace = self._trace(sending, began, decision, answer, status, shadow=kept is not None)
        sending.over()
        began_at = sending.sent_boottime
        if isinstance(decision.outcome, Applied) and sending.closed and began_at is not None:
            return SettledAlone(claimed, decision.outcome, trace, sending.closed, began_at)
        return Wrote(claimed, decision.outcome, trace)

    def look(self, claimed: Claimed, _: MaySend) -> Looked:
        """Did the earlier attempt take effect? Reads only. Never raises."""
        began = self._clock.monotonic()
        with span_from(
            claimed.trace,
            "erp.probe",
            entity=claimed.entity,
            key=claimed.entity_text,
            action=claimed.operation,
            attempt=claimed.number,
        ):
            trace = Trace(repeat=_NOTHING_SENT)
            finding, trace.rule = self._look(claimed, trace)
        trace.duration_ms = round((self._clock.monotonic() - began) * 1000)
        return Looked(claimed, finding, trace)

    def _write(self, claimed: Claimed, sending: _Sending) -> Decision:
        command = self._asked(claimed)
        sending.repeat = self._repeat_of(command)
        if isinstance(command, Decision):
            return command
        if isinstance(command, Missing):
            return self._missing(command, claimed, sending)
        capability = self._adapter.commands.get(command.name)
        if capability is None:
            cannot = Rejected(f"the adapter cannot do {command.name}", "capability", 501)
            return self._decided(cannot, "capability")
        if capability.removes and (left := self._may_land(claimed, capability.in_doubt or 0.0)):
            text = f"an unanswered write of its key may take effect for {left:.1f} s more"
            return self._decided(NotSent(text, "in_doubt", left), "unanswered")
        sending.begins(command)
        if sending.repeat[0] is Repeat.TRANSACTIONAL:
            command.settling = partial(self._settling, claimed, sending)
        outcome = self._adapter.apply(command, uuid_of(claimed.uuid))
        return self._decided(outcome, "adapter")

    def _may_land(self, claimed: Claimed, in_doubt: float) -> float:
        age = self._unanswered(claimed, in_doubt)
        return 0.0 if age is None else max(in_doubt - age, 0.0)

    def _settling(self, claimed: Claimed, sending: _Sending, applied: Applied) -> Document:
        """What settles the event in the effect's own transaction, which has yet to run."""
        now = self._clock.monotonic()
        trace = self._trace(sending, now, self._decided(applied, "adapter"), None, None)
        given = (claimed, applied, trace, self._clock.boottime(), self._config.version)
        sending.closed, document = settlement(sending.may_send, *given)
        return document

    def _missing(self, missing: Missing, claimed: Claimed, sending: _Sending) -> Decision:
        link = link_hash(self._name, missing.source, missing.entity, missing.entity_id)
        wait = self._mapper.needs_deadline(claimed.source, claimed.entity)
        sending.needs = (link, wait)
        return self._decided(NotSent(missing.text, "missing_dependency"), "missing")

    def _repeat_of(self, asked: Command | Decision | Missing) -> tuple[Repeat, float | None]:
        if not isinstance(asked, Command):
            return _NOTHING_SENT
        capability = self._adapter.commands.get(asked.name)
        return (capability.repeat, capability.in_doubt) if capability else (Repeat.NEVER, None)

    def _decided(self, outcome: Outcome, by: str) -> Decision:
        return Decision(outcome, by, self._rules.version)

    def _look(self, claimed: Claimed, trace: Trace) -> tuple[Finding, str]:
        try:
            command = self._asked(claimed)
        except StoreError as error:
            return CannotTell(f"its links cannot be read: {error}"), "store"
        trace.repeat = self._repeat_of(command)
        if not isinstance(command, Command):
            if claimed.write_config not in (None, self._config.version):
                # What this configuration makes nothing of, the one before may have sent.
                return CannotTell("the configuration that mapped it is not this one"), "config"
            rule = command.rule if isinstance(command, Decision) else "missing"
            return NotApplied("nothing is sent for it"), rule
        capability = self._adapter.commands.get(command.name)
        if capability is None:
            return CannotTell(f"the adapter cannot do {command.name}"), "capability"
        if capability.repeat in _NOTHING_TO_LOOK_AT:
            return NotApplied(f"nothing to look at: repeat = {capability.repeat.value}"), "repeat"
        try:
            found = self._adapter.probe(command, uuid_of(claimed.uuid))
            # Only a probe is believed alone; the others' repeats look again as they write.
            wait = capability.in_doubt if capability.repeat is Repeat.PROBE else None
            return self._judged(found, claimed, wait)
        except Exception as error:
            decision = self._rules.decide(error, adapter=self._name, sent=False)
            trace.pause = decision.pause
            trace.status = error.status if isinstance(error, FarError) else None
            rule = decision.rule if decision.pause else "probe.failed"
            return CannotTell(f"{type(error).__name__}: {error}"), rule

    def _judged(
        self, finding: Finding, claimed: Claimed, in_doubt: float | None
    ) -> tuple[Finding, str]:
        # The first request may still land: until then its absence proves nothing.
        if isinstance(finding, NotApplied) and in_doubt is not None:
            sent_age = claimed.sent_age_s if claimed.sent_age_s is not None else 0.0
            if sent_age < in_doubt:
                return CannotTell(f"in doubt for {in_doubt - sent_age:.1f} s more"), "in-doubt"
        return finding, "probe"

    def _asked(self, claimed: Claimed) -> Command | Decision | Missing:
        """The command, or what the event comes to without one."""
        mapped = _recorded(claimed) or self._mapped(claimed)
        match mapped:
            case Command():
                if not claimed.repeated:
                    return mapped
                return replace(mapped, repeated=True, earlier_version=claimed.write_version)
            case Applied():
                return self._decided(mapped, "forward")
            case Rejected():
                return self._decided(mapped, "mapping")
            case Ignored():
                return self._decided(Applied(found=True), "on_delete")
            case Missing():
                return mapped
            case _:
                assert_never(mapped)

    def _mapped(self, claimed: Claimed) -> Mapped | Applied:
        """`Applied` at once where the record is forwarded alone."""
        try:
            body = json_text(claimed.body, claimed.media_type)
            record = canon.at(canon.reread(body), claimed.pointer)
        except (TidegateError, KeyError) as error:
            return Rejected(f"the stored body cannot be read: {error}", "mapping")
        if self._entity(claimed.source, claimed.entity).forward:
            if not isinstance(record, dict):
                return Rejected("the record is not an object", "mapping")
            return Applied(new=record)
        return self._mapper.command(
            claimed.source,
            claimed.entity,
            claimed.operation,
            record,
            self._link,
            claimed.entity_text,
        )

    def _trace(
        self,
        sending: _Sending,
        began: float,
        decision: Decision,
        answer: bytes | None,
        status: int | None,
        *,
        shadow: bool = False,
    ) -> Trace:
        outcome = decision.outcome
        if isinstance(outcome, Applied):
            answer = sending.shows(outcome.new)
        elif isinstance(outcome, Rejected):
            status = status or outcome.status
        return Trace(
            decision.rule,
            decision.version,
            status,
            round((self._clock.monotonic() - began) * 1000),
            sending.sent_boottime,
            sending.record(),
            answer,
            sending.version,
            decision.pause,
            sending.needs,
            sending.repeat,
            shadow,
        )


def _alike(asked: Mapping[str, Json], new: Mapping[str, Json]) -> bool:
    """Whether both are written alike, told without writing either; True equals 1, and is not."""
    if asked.keys() != new.keys():
        return False
    for name, value in new.items():
        other, kind = asked[name], type(value)
        if value is other:
            continue
        if kind is not type(other) or kind not in _PLAIN or value != other:
            return False
    return True


def _recorded(claimed: Claimed) -> Command | None:
    """What the unknown attempt asked, word for word; a crash recorded nothing."""
    if not claimed.repeated or not claimed.write_request:
        return None
    found: Any = canon.reread(claimed.write_request)
    return Command(
        found["command"],
        found["key"],
        found["values"],
        link=found.get("link"),
        match=found.get("match"),
    )
