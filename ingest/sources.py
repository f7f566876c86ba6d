"""The sources in force: each with what verifies its deliveries and how its entities are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ingest.places import Parts
from ingest.rules import Rules, rules_of
from ingest.verify import Covers, Verifier, build_verifier
from tidegate.config import Config
from tidegate.config_sources import Source


@dataclass(frozen=True, slots=True)
class Gate:
    """One source."""

    name: str
    source: Source
    verifier: Verifier
    entities: Mapping[str, Rules]

    @property
    def by_key_alone(self) -> bool:
        """Whether the sender is known before the body is read."""
        return self.source.scheme == "static_key"

    def pick(self, parts: Parts, covers: Covers) -> Rules | str:
        """The entity of a delivery whose address names none, or why there is none.

        What is signed and names it decides; else the one wrapper in the body that is known.
        """
        place = self.source.entity
        named = parts.find(place) if place and covers.place(place) else None
        if named is not None:
            found = [r for r in self.entities.values() if named in (r.name, r.wrapper)]
            return found[0] if found else f"there is no entity {named!r} here"
        body = parts.body if isinstance(parts.body, dict) else {}
        fits = [rules for rules in self.entities.values() if rules.wrapper in body]
        return fits[0] if len(fits) == 1 else f"{len(fits)} known records in the body"


def gates(config: Config, secret: Callable[[str], str | None]) -> dict[str, Gate]:
    """Every configured source. Raises `ConfigError` where one has no usable secret.

    Args:
        secret: looks a secret up by the name of its environment variable.
    """
    found: dict[str, Gate] = {}
    for name, source in config.sources.items():
        entities = {each: rules_of(config, name, each) for each in config.source_entities(name)}
        found[name] = Gate(name, source, build_verifier(name, source, secret), entities)
    return found
