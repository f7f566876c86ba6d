"""What a mapping may say of a field, given what the far side holds there."""

from __future__ import annotations

from collections.abc import Iterable

from erp.mapping.far_fields import DECIMALS, Kind
from erp.mapping.fields import FieldPlan
from erp.mapping.mapped import Refused
from erp.mapping.plan import Groups
from tidegate.config_errors import Loc, Misplaced, guess
from tidegate.config_mapping import FieldSpec

Placed = dict[str, tuple[Loc, FieldSpec]]
"""Fields by name, each with the place of the one that holds."""


def unknown(loc: Loc, name: str, who: str, known: Iterable[str]) -> Misplaced:
    """The error about a field that the far side does not have."""
    names = list(known)
    return Misplaced(
        loc,
        f"{name!r} is no field of {who}",
        guess(name, names) or (f"it takes {', '.join(names)}" if names else ""),
    )


def check_groups(groups: Groups, own: Placed, loc: Loc, who: str) -> None:
    """Raise `Misplaced` where no field of a group is there that `who` needs."""
    for group in groups:
        if not own.keys() & set(group):
            raise Misplaced(loc, f"{who} needs {' or '.join(group)}", f"add {loc[-1]}.{group[0]}")


def check_field(loc: Loc, plan: FieldPlan) -> None:
    """Raise `Misplaced` where what is said of a field contradicts the far side."""
    spec, far = plan.spec, plan.far
    if far is not None:
        if spec.type is not None and not _may_be(spec.type, far.kind):
            raise Misplaced((*loc, "type"), f"{plan.name} is of type {far.kind.value}")
        if spec.max is not None and far.length is not None and spec.max > far.length:
            raise Misplaced((*loc, "max"), f"{plan.name} holds {far.length} characters")
        if spec.link is not None and (far.kind is Kind.ID) is not (spec.take == "id"):
            wanted = "id" if far.kind is Kind.ID else "key"
            raise Misplaced(loc, f"{plan.name} holds a record's {wanted}", f'take = "{wanted}"')
        if spec.scale is not None and (far.kind is not Kind.DECIMAL or spec.scale > DECIMALS):
            raise Misplaced((*loc, "scale"), f"{plan.name} holds no {spec.scale} decimals")
    _check_constants(loc, plan)


def _check_constants(loc: Loc, plan: FieldPlan) -> None:
    spec = plan.spec
    given = {"value": spec.value, "default": spec.default}
    constants = [((*loc, key), value) for key, value in given.items() if value is not None]
    constants += [((*loc, "map", key), value) for key, value in (spec.map or {}).items()]
    if spec.call is not None:
        # What a map gives is then an argument, not yet a value of the far side.
        constants = [each for each in constants if "map" not in each[0][len(loc) :]]
    for place, value in constants:
        try:
            plan.converted(value, "")
        except Refused as error:
            raise Misplaced(place, f"{value!r} {error}") from None


def _may_be(type_name: str, kind: Kind) -> bool:
    if kind is Kind.ID:
        return type_name == "text"
    return type_name == kind.value or (type_name, kind) == ("code", Kind.TEXT)
