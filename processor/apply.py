"""One attempt, as a lane runs it: map, ask the leadership, call the adapter, judge the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, assert_never

from erp.links import Link, no_links
from erp.mapping import Ignored, Mapped, Mapper, Missing
from erp.rules import Decision, Rules
from processor.work import Claimed, Looked, Trace, Wrote
from tidegate import canon
from tidegate.adapter import Adapter, Command, Repeat
from tidegate.bodies import json_text
from tidegate.canon import Json
from tidegate.clock import Clock
from tidegate.config import Config
from tidegate.errors import FarError, SendRefused, TidegateError
from tidegate.outcome import Applied, CannotTell, Finding, NotApplied, NotSent, Outcome, Rejected
from tidegate.telemetry import span_from

MaySend: TypeAlias = Callable[[], bool]

MISSING_AFTER = 30.0
"""Seconds until a record is mapped again that names one which the far side does not have yet."""

_NOTHING_TO_LOOK_AT = frozenset({Repeat.KEY, Repeat.TRANSACTIONAL, Repeat.NEVER})


@dataclass(slots=True)
class _Sending:
    """Stands between the adapter and the wire: asks, then records."""

    clock: Clock
    may_send: MaySend
    sent_boottime: float | None = None
    request: bytes | None = None
    version: str | None = None
    command: dict[str, Json] = field(default_factory=dict)

    def __call__(self, request: bytes, version: str | None) -> None:
        if not self.may_send():
            raise SendRefused("the last confirmed beat is too old to send on")
        self.sent_boottime = self.clock.boottime()
        self.request = request
        self.version = version

    def record(self) -> bytes | None:
        if self.request is None:
            return None
        sent: Json = self.request.decode("utf-8", "backslashreplace")
        return canon.dumps({**self.command, "sent": sent})


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
    ) -> None:
        self._adapter = adapter
        self._clock = clock
        self._rules = rules
        self._name = name
        self._mapper = mapper
        self._config = config
        self._link = link

    def repeat_of(self, claimed: Claimed) -> tuple[Repeat, float | None]:
        """How the event's command may be repeated, and its time in doubt (seconds)."""
        command = self._asked(claimed)
        if isinstance(command, Decision):
            # Nothing can have been sent for it, so to try again is safe.
            return Repeat.CONDITIONAL, None
        capability = self._adapter.commands.get(command.name)
        return (capability.repeat, capability.in_doubt) if capability else (Repeat.NEVER, None)

    def health(self) -> None:
        """A cheap read of the far side; raises where it does not answer."""
        self._adapter.health()

    def write(self, claimed: Claimed, may_send: MaySend) -> Wrote:
        """Do it; `may_send` is asked before the first byte. Never raises."""
        sending = _Sending(self._clock, may_send)
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
            except Exception as error:
                sent = sending.sent_boottime is not None
                decision = self._rules.decide(error, adapter=self._name, sent=sent)
                if isinstance(error, FarError):
                    answer, status = error.answer, error.status
        trace = self._trace(sending, began, decision, answer, status)
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
            trace = Trace()
            finding, trace.rule = self._look(claimed, trace)
        trace.duration_ms = round((self._clock.monotonic() - began) * 1000)
        return Looked(claimed, finding, trace)

    def _write(self, claimed: Claimed, sending: _Sending) -> Decision:
        command = self._asked(claimed)
        if isinstance(command, Decision):
            return command
        if command.name not in self._adapter.commands:
            cannot = Rejected(f"the adapter cannot do {command.name}", "capability", 501)
            return self._decided(cannot, "capability")
        sending.command = {
            "command": command.name,
            "key": command.key,
            "values": dict(command.values),
            "link": command.link,
            "match": command.match,
        }
        outcome = self._adapter.apply(replace(command, sending=sending), claimed.uuid)
        return self._decided(outcome, "adapter")

    def _decided(self, outcome: Outcome, by: str) -> Decision:
        return Decision(outcome, by, self._rules.version)

    def _look(self, claimed: Claimed, trace: Trace) -> tuple[Finding, str]:
        command = self._asked(claimed)
        if isinstance(command, Decision):
            return NotApplied("nothing is sent for it"), command.rule
        capability = self._adapter.commands.get(command.name)
        if capability is None:
            return CannotTell(f"the adapter cannot do {command.name}"), "capability"
        if capability.repeat in _NOTHING_TO_LOOK_AT:
            return NotApplied(f"nothing to look at: repeat = {capability.repeat.value}"), "repeat"
        try:
            return self._judged(
                self._adapter.probe(command, claimed.uuid), claimed, capability.in_doubt
            )
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

    def _asked(self, claimed: Claimed) -> Command | Decision:
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
                wait = NotSent(mapped.text, "missing_dependency", MISSING_AFTER)
                return self._decided(wait, "missing")
            case _:
                assert_never(mapped)

    def _mapped(self, claimed: Claimed) -> Mapped | Applied:
        """`Applied` at once where the record is forwarded alone."""
        try:
            body = json_text(claimed.body, claimed.media_type)
            record = canon.at(canon.parse(body), claimed.pointer)
        except (TidegateError, KeyError) as error:
            return Rejected(f"the stored body cannot be read: {error}", "mapping")
        if self._config.entity(claimed.source, claimed.entity).forward:
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
    ) -> Trace:
        outcome = decision.outcome
        if isinstance(outcome, Applied):
            answer = canon.dumps(dict(outcome.new))
        elif isinstance(outcome, Rejected):
            status = status or outcome.status
        return Trace(
            rule=decision.rule,
            rule_version=decision.version,
            status=status,
            duration_ms=round((self._clock.monotonic() - began) * 1000),
            sent_boottime=sending.sent_boottime,
            request=sending.record(),
            answer=answer,
            version=sending.version,
            pause=decision.pause,
        )


def _recorded(claimed: Claimed) -> Command | None:
    """What the unknown attempt asked, word for word; a crash recorded nothing."""
    if not claimed.repeated or not claimed.write_request:
        return None
    found: Any = canon.parse(claimed.write_request)
    return Command(
        found["command"],
        found["key"],
        found["values"],
        link=found.get("link"),
        match=found.get("match"),
    )
