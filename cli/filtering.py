"""The flags of the one filter, the same on every list and every bulk verb.

    @app.command("list")
    @filtered(letters=True)
    def list_letters(flt: Filter, limit: Limit = 50) -> None: ...

A verb that also takes a parameter `everything: bool` has `--all`, and calls `must_narrow`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, get_type_hints

import typer

if TYPE_CHECKING:
    from sql.filters import Filter

Verb: TypeAlias = Callable[..., None]

STATE_HELP = (
    "pending, processing, retrying, waiting, unknown, held, dead, "
    "applied, superseded, refused, expired or discarded."
)
LETTER_STATE_HELP = (
    "open (unless said otherwise), replayed, resolved, discarded, superseded or edited."
)
# Written out: what the help imports must come from this package and the kernel alone, so that
# the start check has its say before anything of another's is run in place of ours.
_HELP = {
    "source": ("NAME", "Who sent them: zoho, …"),
    "entity": ("NAME", "What they speak of: products, …"),
    "type": ("TYPE", "Entity and operation, as products.update, or an operation alone."),
    "key": ("KEY", "The order key, as blocked list writes it."),
    "error-class": ("NAME", "The error that ended or delayed them."),
    "letter-reason": ("NAME", "What they died of: rejected, exhausted, too_old, unknown, …"),
    "fingerprint": ("DIGITS", "A group of letters of one cause; its first digits will do."),
    "since": ("TIME", "From then on: 2h ago, or 2026-11-21T06:00, UTC unless said."),
    "until": ("TIME", "Until then, likewise."),
    "older-than": ("TIME", "Born, or accepted, longer ago than 30m, 2h, 3d."),
    "attempts-min": ("N", "Tried so often, or more often."),
    "text": ("TEXT", "Within the message, the entity's id or the sender's id, in any case."),
    "id": ("ID", "The event's id, or its entity's id in the source."),
}
_MANY = frozenset(_HELP) - {"key", "since", "until", "older-than", "attempts-min", "text"} | {
    "state"
}
_FLT, _ALL = "flt", "everything"


def filtered(*, letters: bool = False) -> Callable[[Verb], Verb]:
    """Give a verb the flags of the filter; it gets them read, as its parameter `flt`.

    Args:
        letters: whether the verb is about letters, whose states are others.
    """
    flags = _flags(letters=letters)

    def decorate(verb: Verb) -> Verb:
        own = _own(verb)

        @functools.wraps(verb)
        def called(**given: Any) -> None:
            words = {name: given.pop(flag.name) for name, flag in flags.items()}
            verb(flt=_read(words, letters=letters), **given)

        parameters = [*own, *flags.values()]
        # Of typer's: it asks both, and both must be of objects, not of names in the verb's module.
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__annotations__ = {each.name: each.annotation for each in parameters}
        return called

    return decorate


def must_narrow(flt: Filter, *, everything: bool) -> None:
    """Refuse a bulk verb that says neither which, nor that it means all, or that says both."""
    if flt.empty and not everything:
        raise typer.BadParameter("say which: a filter, or --all for every one")
    if everything and not flt.empty:
        raise typer.BadParameter("a filter says which; --all says every one", param_hint="--all")


def _read(words: dict[str, Any], *, letters: bool) -> Filter:
    from ops.filter import WrongFilter, read
    from tidegate.clock import SystemClock

    given = {name: _listed(value) for name, value in words.items()}
    try:
        return read(given, SystemClock().now(), letters=letters)
    except WrongFilter as error:
        raise typer.BadParameter(str(error), param_hint=f"--{error.field}") from error


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def _own(verb: Verb) -> list[inspect.Parameter]:
    """The verb's own parameters, their types looked up; `--all` is spelt for it."""
    hints = get_type_hints(verb, localns={"Filter": object}, include_extras=True)
    found = []
    for name, parameter in inspect.signature(verb).parameters.items():
        if name == _ALL:
            flag = typer.Option("--all", help="Every one: there is no filter.")
            found.append(parameter.replace(annotation=Annotated[bool, flag], default=False))
        elif name != _FLT:
            found.append(parameter.replace(annotation=hints[name]))
    return [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in found]


def _flags(*, letters: bool) -> dict[str, inspect.Parameter]:
    states = LETTER_STATE_HELP if letters else STATE_HELP
    helps = {"state": ("STATE", states), **_HELP}
    return {name: _flag(name, *words) for name, words in helps.items()}


def _flag(name: str, metavar: str, words: str) -> inspect.Parameter:
    option = typer.Option(f"--{name}", metavar=metavar, help=words, show_default=False)
    kind: Any = list[str] if name in _MANY else str
    return inspect.Parameter(
        f"flt_{name.replace('-', '_')}",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind | None, option],
    )
