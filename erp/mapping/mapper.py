"""The mappings in force: compiled and checked once, then asked for every attempt."""

from __future__ import annotations

from pathlib import Path

from erp.links import Link, Linked
from erp.mapping.compile import Compiler
from erp.mapping.fields import Reading
from erp.mapping.mapped import Ignored, Mapped, Refused
from erp.mapping.plan import CommandPlan, MappingPlan
from tidegate.adapter import Command
from tidegate.canon import Json
from tidegate.config import Config, load_layers, written
from tidegate.config_errors import Loc, Misplaced, at
from tidegate.config_merge import Layers
from tidegate.errors import ConfigError
from tidegate.outcome import Rejected


class Mapper:
    """Safe to use from several lanes.

    Args:
        config: whose mappings and entities they are.
        path: the file that they stand in, for the place of an error.

    Raises `ConfigError`, with the place and a guess, for a mapping that no far side could take.
    """

    def __init__(self, config: Config, path: Path | None = None) -> None:
        self._config = config
        try:
            self._plans = {name: Compiler(config, name).plan() for name in config.mapping}
            self._check_deletes()
        except Misplaced as error:
            raise _placed(error, path) from None

    def command(
        self,
        source: str,
        entity: str,
        operation: str,
        record: Json,
        link: Link,
        entity_id: str = "",
    ) -> Mapped:
        """The command that brings `record` about, or why there is none now.

        Args:
            operation: `create`, `update` or `delete`.
            link: asked for the records that this one names, and for its own.
            entity_id: the record's own id; empty where it has none, and no link.
        """
        plan = self.plan(source, entity)
        if plan is None:
            return Rejected(f"no mapping for {entity} of {source}", "mapping")
        if not isinstance(record, dict):
            return Rejected("the record is not an object", "mapping")
        own = _Own(source, entity, entity_id, link)
        try:
            if operation == "delete":
                return self._delete(plan, record, own)
            return _write(plan, record, own)
        except Refused as error:
            return error.rejected()

    def plan(self, source: str, entity: str) -> MappingPlan | None:
        """The mapping of a source's entity, else of the one without a source."""
        return self._plans.get(f"{source}.{entity}") or self._plans.get(entity)

    def needs_deadline(self, source: str, entity: str) -> float:
        """Seconds that a record of this entity waits for a missing link."""
        plan = self.plan(source, entity)
        return plan.needs_deadline if plan else 0.0

    def _delete(self, plan: MappingPlan, record: Json, own: _Own) -> Mapped:
        on_delete = self._config.entity(own.source, own.entity).on_delete
        if on_delete == "block":
            return Rejected(f"a delete of {own.entity} is blocked (on_delete)", "on_delete")
        if on_delete == "ignore":
            return Ignored(f"a delete of {own.entity} changes nothing (on_delete)")
        linked = own.linked()
        chosen = _to_delete(plan, record, linked)
        if chosen.delete_name is None:
            raise Refused("", f"no delete_command for this record of {own.entity}")
        try:
            key = chosen.key_of(record)
        except Refused:
            # A delete may carry the id alone; what the link remembers is enough.
            if linked is None:
                raise
            key = linked.record_key
        return Command(
            chosen.delete_name, key, {}, match=chosen.match, link=_id_for(chosen, linked)
        )

    def _check_deletes(self) -> None:
        for name, plan in self._plans.items():
            if self._config.entities[name].on_delete != "delete":
                continue
            if not any(each.delete_name for each in plan.plans()):
                raise Misplaced(
                    ("entities", name, "on_delete"),
                    f"on_delete = delete, but the mapping of {name} has no delete_command",
                    f'add it to [mapping."{name}"]',
                )


class _Own:
    """The record's own identity, and its link where somebody asks for it."""

    def __init__(self, source: str, entity: str, entity_id: str, link: Link) -> None:
        self.source = source
        self.entity = entity
        self.link = link
        self._entity_id = entity_id

    def linked(self) -> Linked | None:
        return self.link(self.source, self.entity, self._entity_id) if self._entity_id else None


def _write(plan: MappingPlan, record: Json, own: _Own) -> Mapped:
    chosen = plan.choose(record)
    linked = own.linked() if plan.once or chosen.match is not None else None
    if plan.once and linked is not None:
        text = f"{own.entity} was written before ({linked.record_key}) and is written once"
        return Rejected(text, "written_before")
    reading = Reading(own.link)
    key = chosen.key_of(record)
    values = chosen.values(record, reading)
    if reading.missing:
        return reading.missing[0]
    return Command(str(chosen.name), key, values, match=chosen.match, link=_id_for(chosen, linked))


def _id_for(chosen: CommandPlan, linked: Linked | None) -> str | None:
    """The linked record's id, unless the record has become one of another kind."""
    if linked is None or linked.record_type not in ("", chosen.records):
        return None
    return linked.record_id


def _to_delete(plan: MappingPlan, record: Json, linked: Linked | None) -> CommandPlan:
    """What the link says was made goes before what the deleted record still shows."""
    if linked is not None:
        for each in plan.plans():
            if each.delete_name and each.records == linked.record_type:
                return each
    for variant in plan.variants:
        if variant.plan is not None and variant.fits(record):
            return variant.plan
    return plan.base


def _placed(error: Misplaced, path: Path | None) -> ConfigError:
    if path is None:
        return ConfigError(f"tidegate.toml: {error}", next_step=error.hint)
    error.loc = _nearest(load_layers(path), error.loc)
    return error.placed(path.read_text("utf-8-sig"), str(path))


def _nearest(layers: Layers, loc: Loc) -> Loc:
    """Where the file says what stands at `loc`, or the innermost of its tables around it."""
    for length in range(len(loc), 2, -1):
        said = written(layers, loc[:length])
        if at(layers.given, said) is not None:
            return said
    tables = [each for each in layers.of(loc) if each.origin == "file" and each.table]
    return tables[-1].loc if tables else loc
