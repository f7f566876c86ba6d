"""From a `[mapping.*]` table to a plan, checked against what its commands take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from erp.mapping.checks import Placed, check_field, check_groups, unknown
from erp.mapping.convert import word
from erp.mapping.far_fields import Fields
from erp.mapping.fields import Call, FieldPlan
from erp.mapping.plan import CommandPlan, Groups, LinesPlan, MappingPlan, Variant
from erp.mapping.schema import COMMANDS, FarCommand
from tidegate.config import Config
from tidegate.config_errors import Loc, Misplaced, guess
from tidegate.config_mapping import FieldSpec, Lines, When


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a table, or one of its variants, comes to when laid over the table."""

    loc: Loc
    command: str | None
    delete_command: str | None
    key: str
    match: str | None
    fields: Placed
    lines: tuple[Loc, Lines] | None


class Compiler:
    """Compiles one mapping.

    Args:
        config: for the entities that links name, and for adapters with commands of their own.
        name: the mapping's; `source.entity`, or an entity without a source.
    """

    def __init__(self, config: Config, name: str) -> None:
        self._config = config
        self._table = config.mapping[name]
        self._loc: Loc = ("mapping", name)
        self._source = name.partition(".")[0] if "." in name else ""
        self._any_command = any(
            options.use is not None or options.model_dump().get("commands")
            for options in config.adapters.values()
        )

    def plan(self) -> MappingPlan:
        """The plan. Raises `Misplaced` for whatever cannot be meant."""
        table = self._table
        base = self._base()
        asked = [self._over(base, place, when) for place, when in enumerate(table.when)]
        every = [base, *(each for each in asked if each)]
        for each in every:
            self._check_commands(each)
        self._check_used(every)
        self._check_needs(every)
        variants = [
            Variant(
                when.from_,
                frozenset(map(word, when.is_)),
                self._command(each) if each else None,
                when.reject,
            )
            for when, each in zip(table.when, asked, strict=True)
        ]
        return MappingPlan(self._command(base), tuple(variants), table.needs_deadline, table.once)

    def _base(self) -> _Asked:
        table = self._table
        lines = ((*self._loc, "lines"), table.lines) if table.lines else None
        fields = _placed(self._loc, table.fields)
        return _Asked(
            self._loc, table.command, table.delete_command, table.key, table.match, fields, lines
        )

    def _over(self, base: _Asked, place: int, when: When) -> _Asked | None:
        if when.reject is not None:
            return None
        loc: Loc = (*self._loc, "when", place)
        fields = {**base.fields, **_placed(loc, when.fields)}
        return _Asked(
            loc,
            when.command or base.command,
            when.delete_command or (None if when.command else base.delete_command),
            when.key or base.key,
            when.match or base.match,
            fields,
            ((*loc, "lines"), when.lines) if when.lines else base.lines,
        )

    def _command(self, asked: _Asked) -> CommandPlan:
        # Of an extension's command nobody knows what it takes.
        far = COMMANDS.get(asked.command or "")
        own = self._known_fields(asked, far)
        known = far.fields if far else None
        fields = {name: self._field(*own[name], name, known) for name in own}
        key_field = self._key_field(asked, fields)
        if asked.command is not None and far is not None:
            check_groups(far.needs, own, (*asked.loc, "fields"), asked.command)
        return CommandPlan(
            asked.command,
            asked.delete_command,
            asked.key,
            asked.match,
            key_field,
            tuple(fields.values()),
            self._lines(asked, far),
            far.needs if far else (),
        )

    def _check_commands(self, asked: _Asked) -> None:
        for key, name in (("command", asked.command), ("delete_command", asked.delete_command)):
            if name is not None and name not in COMMANDS and not self._any_command:
                raise Misplaced(
                    (*asked.loc, key),
                    f"no adapter has the command {name!r}",
                    guess(name, COMMANDS) or f"the commands are {', '.join(COMMANDS)}",
                )

    def _known_fields(self, asked: _Asked, far: FarCommand | None) -> Placed:
        """Of the table's own fields a command takes those that it has; of its variant's, all."""
        if asked.command is None:
            return {}
        if far is None:
            return asked.fields
        own: Placed = {}
        for name, (loc, spec) in asked.fields.items():
            if name in far.fields:
                own[name] = (loc, spec)
            elif asked.loc != self._loc and loc[: len(asked.loc)] == asked.loc:
                raise unknown(loc, name, asked.command, far.fields)
        return own

    def _check_used(self, asked: list[_Asked]) -> None:
        """A field of the table's own must be one of a command's that the table leads to."""
        names = [each.command for each in asked if each.command]
        if any(name not in COMMANDS for name in names):
            return
        known = {field: None for name in names for field in COMMANDS[name].fields}
        for field, (loc, _) in asked[0].fields.items():
            if field not in known:
                raise unknown(loc, field, " or ".join(names), known)

    def _key_field(self, asked: _Asked, fields: Mapping[str, FieldPlan]) -> FieldPlan | None:
        if asked.match is None or asked.command is None:
            return None
        if asked.match not in fields:
            raise Misplaced(
                (*asked.loc, "match"),
                f"match names {asked.match!r}, which is none of the fields",
                guess(asked.match, fields) or f"add fields.{asked.match}",
            )
        return fields[asked.match]

    def _lines(self, asked: _Asked, far: FarCommand | None) -> LinesPlan | None:
        given = asked.lines
        if given is None or asked.command is None:
            if far is not None and far.lines is not None:
                raise Misplaced(asked.loc, f"{asked.command} needs lines", "add a table lines")
            return None
        loc, lines = given
        fields: Fields | None = None
        needs: Groups = ()
        if far is not None:
            if far.lines is None:
                raise Misplaced(loc, f"{asked.command} has no lines")
            name, fields, needs = far.lines
            if lines.to != name:
                raise Misplaced((*loc, "to"), f"{asked.command} calls them {name!r}")
        placed = _placed(loc, lines.fields)
        for name, (place, _) in placed.items():
            if fields is not None and name not in fields:
                raise unknown(place, name, f"{asked.command}'s lines", fields)
        check_groups(needs, placed, (*loc, "fields"), f"each of {asked.command}'s lines")
        plans = [self._field(*placed[name], name, fields, inside="lines.") for name in placed]
        return LinesPlan(lines.from_, lines.to, lines.required, tuple(plans), needs)

    def _field(
        self, loc: Loc, spec: FieldSpec, name: str, known: Fields | None, inside: str = ""
    ) -> FieldPlan:
        far = known[name] if known is not None else None
        needs = self._table.needs
        plan = FieldPlan(
            name,
            spec,
            far,
            _loaded((*loc, "call"), spec.call) if spec.call else None,
            self._linked((*loc, "link"), spec.link) if spec.link else None,
            needs is None or f"{inside}{name}" in needs,
        )
        check_field(loc, plan)
        return plan

    def _linked(self, loc: Loc, link: str) -> tuple[str, str]:
        source, dot, entity = link.partition(".")
        if not dot:
            source, entity = self._source, link
        if f"{source}.{entity}" not in self._config.entities:
            names = self._config.source_entities(source)
            raise Misplaced(
                loc,
                f"there is no entity {entity!r} of {source or 'a source'} to link to",
                guess(link, [*names, *self._config.entities]),
            )
        return source, entity

    def _check_needs(self, asked: list[_Asked]) -> None:
        links = {
            f"{inside}{name}"
            for each in asked
            for inside, fields in (
                ("", [(name, spec) for name, (_, spec) in each.fields.items()]),
                ("lines.", each.lines[1].fields.items() if each.lines else ()),
            )
            for name, spec in fields
            if spec.link is not None
        }
        for name in self._table.needs or ():
            if name not in links:
                raise Misplaced(
                    (*self._loc, "needs"),
                    f"needs names {name!r}, which is no field with a link",
                    guess(name, links) or f"its links are {', '.join(sorted(links)) or 'none'}",
                )


def _placed(loc: Loc, fields: Mapping[str, FieldSpec]) -> Placed:
    return {name: ((*loc, "fields", name), spec) for name, spec in fields.items()}


def _loaded(loc: Loc, name: str) -> Call:
    module, _, attribute = name.partition(":")
    try:
        loaded: Call = getattr(import_module(module), attribute)
    except Exception as error:
        # A module of the user's may raise anything while it is imported.
        raise Misplaced(
            loc,
            f"{name} cannot be loaded: {type(error).__name__}: {error}",
            "check the module's name and that it is installed here",
        ) from error
    if not callable(loaded):
        raise Misplaced(loc, f"{name} is no function")
    return loaded
