"""Whether a source could let its sender in, tried on an example of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from tidegate.errors import ConfigError

if TYPE_CHECKING:
    from ingest.verify import Signed, Verifier
    from tidegate.config import Config
    from tidegate.config_sources import Source

Get: TypeAlias = Callable[[str], str | None]
"""Looks a secret up by its name."""

EXAMPLE = b'{"event_type": "example.created", "data": {"id": "1"}}'


def unset(config: Config, get: Get) -> list[str]:
    """What is missing on this machine, a sentence each."""
    return [
        f"sources.{name}: {' or '.join(names)} is not set here"
        for name, source in config.sources.items()
        for names in (source.secrets, source.keys)
        if names and not any(map(get, names))
    ]


def problems(config: Config, get: Get) -> list[ConfigError]:
    """What would stop a start whatever the machine, and secrets of this one that are unusable."""
    found = []
    for name, source in config.sources.items():
        try:
            _rules(config, name)
            if all(any(map(get, names)) for names in (source.secrets, source.keys) if names):
                _verifier(name, source, get)
        except ConfigError as error:
            found.append(error)
    return found


def tried(name: str, source: Source, get: Get, now: float) -> Iterator[tuple[str, bool, str]]:
    """What was tried, whether it went well, and the reason where it did not."""
    some = [each for each in source.secrets if get(each)]
    for each in source.secrets:
        yield f"{each} is set", each in some or bool(some), _state(get, each)
    for each in source.keys:
        yield f"{each} is set", any(map(get, source.keys)), _state(get, each)
    for each in some:
        yield f"a delivery signed with {each} is let in", *_let_in(name, source, get, each, now)
    if some:
        yield "an unsigned delivery is refused", *_refused(name, source, get, now)


def _let_in(name: str, source: Source, get: Get, secret: str, now: float) -> tuple[bool, str]:
    from ingest.verify import Refused

    def alone(wanted: str) -> str | None:
        return get(wanted) if wanted == secret or wanted in source.keys else None

    try:
        verifier = _verifier(name, source, alone)
    except ConfigError as error:
        return False, str(error)
    if source.scheme == "business_central":
        return verifier.client_state(get(secret)), ""
    outcome = verifier.verify(_signed(verifier, now), now)
    return (False, outcome.detail) if isinstance(outcome, Refused) else (True, "")


def _refused(name: str, source: Source, get: Get, now: float) -> tuple[bool, str]:
    from ingest.verify import Refused, Signed

    try:
        verifier = _verifier(name, source, get)
    except ConfigError as error:
        return False, str(error)
    if source.scheme == "business_central":
        return not verifier.client_state(""), ""
    return isinstance(verifier.verify(Signed([], b"", EXAMPLE), now), Refused), ""


def _signed(verifier: Verifier, now: float) -> Signed:
    from ingest.verify import Signed

    right = verifier.sign(Signed([], b"", EXAMPLE), now)
    return Signed([(n.lower().encode(), v.encode()) for n, v in right], b"", EXAMPLE)


def _state(get: Get, name: str) -> str:
    return "" if get(name) else "unset"


def _rules(config: Config, name: str) -> None:
    from ingest.rules import rules_of

    for entity in config.source_entities(name):
        rules_of(config, name, entity)


def _verifier(name: str, source: Source, get: Get) -> Verifier:
    from ingest.verify import build_verifier

    return build_verifier(name, source, get)
