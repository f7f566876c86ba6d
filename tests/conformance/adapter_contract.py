"""What every adapter must do, as a suite: subclass it and give it a `far` fixture.

A far side that cannot be disturbed leaves `disturb` out; those tests are then skipped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from tidegate.adapter import Adapter, Command, Repeat
from tidegate.clock import SystemClock
from tidegate.errors import FarError, SendRefused
from tidegate.ids import Ids
from tidegate.outcome import Applied, CannotTell, NotApplied, Rejected

IDS = Ids(SystemClock())


@dataclass(frozen=True)
class Disturb:
    """Ways to spoil the next write.

    Args:
        refuse: the far side answers in its own words that it did nothing.
        drop_before: the connection breaks before the work.
        drop_after: it breaks after the work.
        late: the work is done only after the adapter's timeout.
        outlast: returns when every late request has been judged.
    """

    refuse: Callable[[], None]
    drop_before: Callable[[], None]
    drop_after: Callable[[], None]
    late: Callable[[], None]
    outlast: Callable[[], None]


@dataclass(frozen=True)
class Far:
    """A far side and what the suite needs to know of it.

    Args:
        adapter: over a far side that works.
        unreachable: the same over an address where nobody listens.
        command: the nth content for one and the same key.
        effects: how often an effect key took effect.
        until_effect: returns when an effect key has taken effect.
        refused: a command that the far side refuses for good.
        disturb: None where the far side cannot be disturbed.
    """

    adapter: Adapter
    unreachable: Adapter
    command: Callable[[int], Command]
    effects: Callable[[UUID], int]
    until_effect: Callable[[UUID], None]
    refused: Command
    disturb: Disturb | None = None


class Sendings:
    """Takes down what a command says before each write, and what had happened by then."""

    def __init__(self, far: Far, effect: UUID) -> None:
        self._far, self._effect = far, effect
        self.seen: list[tuple[bytes, str | None]] = []
        self.effects_before: list[int] = []

    def __call__(self, request: bytes, version: str | None) -> None:
        self.effects_before.append(self._far.effects(self._effect))
        self.seen.append((request, version))


def fail_once(far: Far, command: Command, effect: UUID) -> Command:
    """Apply, expect an unknown end, and return the command as its repeat."""
    sendings = Sendings(far, effect)
    with pytest.raises(FarError) as caught:
        far.adapter.apply(replace(command, sending=sendings), effect)
    assert caught.value.sent
    return replace(command, repeated=True, earlier_version=sendings.seen[-1][1])


def disturbed(far: Far) -> Disturb:
    if far.disturb is None:
        pytest.skip("this far side cannot be disturbed")
    return far.disturb


class AdapterContract:
    """The suite."""

    def test_it_names_its_commands_and_how_each_repeats(self, far: Far) -> None:
        capability = far.adapter.commands[far.command(1).name]
        assert capability.in_doubt is not None or capability.repeat is not Repeat.PROBE
        never_late = capability.repeat in (Repeat.TRANSACTIONAL, Repeat.NEVER)
        assert capability.in_doubt is None or not never_late

    def test_a_command_takes_effect_once_and_shows(self, far: Far) -> None:
        effect = IDS.uuid()
        applied = far.adapter.apply(far.command(1), effect)
        assert isinstance(applied, Applied)
        assert applied.new
        assert not applied.found
        assert far.effects(effect) == 1

    def test_a_second_content_reports_the_first_as_old(self, far: Far) -> None:
        first = far.adapter.apply(far.command(1), IDS.uuid())
        second = far.adapter.apply(far.command(2), IDS.uuid())
        assert isinstance(first, Applied)
        assert isinstance(second, Applied)
        assert second.old == first.new != second.new

    def test_a_first_attempt_writes_though_nothing_differs(self, far: Far) -> None:
        far.adapter.apply(far.command(1), IDS.uuid())
        effect = IDS.uuid()
        far.adapter.apply(far.command(1), effect)
        assert far.effects(effect) == 1

    def test_it_says_what_it_sends_before_it_sends(self, far: Far) -> None:
        effect = IDS.uuid()
        sendings = Sendings(far, effect)
        far.adapter.apply(replace(far.command(1), sending=sendings), effect)
        assert sendings.effects_before == [0]
        assert sendings.seen[0][0]

    def test_a_refused_sending_sends_nothing(self, far: Far) -> None:
        def refuse(request: bytes, version: str | None) -> None:
            raise SendRefused("the beat is too old")

        effect = IDS.uuid()
        with pytest.raises(SendRefused):
            far.adapter.apply(replace(far.command(1), sending=refuse), effect)
        assert far.effects(effect) == 0

    def test_what_the_far_side_refuses_for_good_is_rejected(self, far: Far) -> None:
        effect = IDS.uuid()
        rejected = far.adapter.apply(far.refused, effect)
        assert isinstance(rejected, Rejected)
        assert rejected.message
        assert far.effects(effect) == 0

    def test_a_probe_finds_what_is_there_and_sends_nothing(self, far: Far) -> None:
        effect = IDS.uuid()
        probe = replace(far.command(1), repeated=True)
        assert isinstance(far.adapter.probe(probe, effect), NotApplied)
        far.adapter.apply(far.command(1), effect)
        found = far.adapter.probe(probe, effect)
        assert isinstance(found, Applied)
        assert found.found
        assert far.effects(effect) == 1

    def test_a_repeat_of_what_took_effect_writes_nothing(self, far: Far) -> None:
        effect = IDS.uuid()
        far.adapter.apply(far.command(1), effect)
        again = far.adapter.apply(replace(far.command(1), repeated=True), effect)
        assert isinstance(again, Applied)
        assert far.effects(effect) == 1

    def test_a_far_side_that_cannot_be_reached_was_sent_nothing(self, far: Far) -> None:
        with pytest.raises(FarError) as caught:
            far.unreachable.apply(far.command(1), IDS.uuid())
        assert not caught.value.sent
        assert caught.value.phase == "connect"

    def test_health_is_silent_or_raises(self, far: Far) -> None:
        far.adapter.health()
        with pytest.raises(FarError):
            far.unreachable.health()

    def test_a_refusal_before_work_leaves_no_effect(self, far: Far) -> None:
        effect = IDS.uuid()
        disturbed(far).refuse()
        repeat = fail_once(far, far.command(1), effect)
        assert far.effects(effect) == 0
        assert isinstance(far.adapter.apply(repeat, effect), Applied)
        assert far.effects(effect) == 1

    @pytest.mark.parametrize("when", ["drop_before", "drop_after"])
    @pytest.mark.parametrize("earlier", [0, 1], ids=["create", "change"])
    def test_a_repeat_after_a_broken_connection_is_one_effect(
        self, far: Far, when: str, earlier: int
    ) -> None:
        for n in range(earlier):
            far.adapter.apply(far.command(n + 10), IDS.uuid())
        effect = IDS.uuid()
        getattr(disturbed(far), when)()
        repeat = fail_once(far, far.command(1), effect)
        applied = far.adapter.apply(repeat, effect)
        assert isinstance(applied, Applied)
        assert applied.found == (when == "drop_after")
        assert far.effects(effect) == 1

    @pytest.mark.parametrize("earlier", [0, 1], ids=["create", "change"])
    def test_a_repeat_before_the_late_effect_is_one_effect(self, far: Far, earlier: int) -> None:
        if far.adapter.commands[far.command(1).name].repeat is Repeat.PROBE:
            pytest.skip("its caller waits until nothing can be late")
        for n in range(earlier):
            far.adapter.apply(far.command(n + 10), IDS.uuid())
        effect = IDS.uuid()
        disturbed(far).late()
        repeat = fail_once(far, far.command(1), effect)
        assert far.effects(effect) == 0
        assert isinstance(far.adapter.apply(repeat, effect), Applied)
        disturbed(far).outlast()
        assert far.effects(effect) == 1

    @pytest.mark.parametrize("earlier", [0, 1], ids=["create", "change"])
    def test_a_repeat_after_the_late_effect_is_one_effect(self, far: Far, earlier: int) -> None:
        for n in range(earlier):
            far.adapter.apply(far.command(n + 10), IDS.uuid())
        effect = IDS.uuid()
        disturbed(far).late()
        repeat = fail_once(far, far.command(1), effect)
        far.until_effect(effect)
        assert isinstance(far.adapter.probe(repeat, effect), Applied)
        assert isinstance(far.adapter.apply(repeat, effect), Applied)
        assert far.effects(effect) == 1

    def test_a_conditional_repeat_never_overwrites_what_came_between(self, far: Far) -> None:
        if far.adapter.commands[far.command(1).name].repeat is not Repeat.CONDITIONAL:
            pytest.skip("only conditional commands compare versions")
        effect = IDS.uuid()
        disturbed(far).drop_after()
        repeat = fail_once(far, far.command(1), effect)
        far.adapter.apply(far.command(2), IDS.uuid())
        assert isinstance(far.adapter.probe(repeat, effect), CannotTell)
        with pytest.raises(FarError, match="changed since") as caught:
            far.adapter.apply(repeat, effect)
        assert (caught.value.code, caught.value.sent) == ("cannot_tell", True)
        assert far.effects(effect) == 1
