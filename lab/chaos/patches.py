"""How a guard is taken out for a while: patches on objects, and on the text of statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import sql.sqlite
from sql.named import Part

Patch: TypeAlias = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Twin:
    """One guard less.

    Args:
        guard: what is missing, in words.
        promise: the promise of the design (section 2) that breaks for it.
        seed: the first that catches it.
        store: the only faults of the store; what else fails would hide that it is missing.
    """

    name: str
    guard: str
    promise: int
    seed: int
    patch: Patch
    store: tuple[str, ...] = ()


def text(words: str, by: str = "", only: str = "") -> Patch:
    """Statements with other words; `only` those of one script, else all that have them."""

    @contextmanager
    def patched() -> Iterator[None]:
        inner: Callable[[str], tuple[Part, ...]] = vars(sql.sqlite)["parts"]
        if all(words not in part.sql for part in inner(only or "queue/claim")):
            raise LookupError(f"{only or 'queue/claim'} has not the words {words!r}")

        def cut(name: str) -> tuple[Part, ...]:
            found = inner(name)
            if only and name != only:
                return found
            return tuple(replace(part, sql=part.sql.replace(words, by)) for part in found)

        with swapped(sql.sqlite, "parts", cut):
            yield

    return patched


def without(only: str, words: str) -> Patch:
    """A script without the statements that have some words."""

    @contextmanager
    def patched() -> Iterator[None]:
        inner: Callable[[str], tuple[Part, ...]] = vars(sql.sqlite)["parts"]

        def cut(name: str) -> tuple[Part, ...]:
            found = inner(name)
            return tuple(part for part in found if name != only or words not in part.sql)

        if all(words not in part.sql for part in inner(only)):
            raise LookupError(f"{only} has no statement with the words {words!r}")
        with swapped(sql.sqlite, "parts", cut):
            yield

    return patched


@contextmanager
def swapped(owner: Any, name: str, other: Any) -> Iterator[None]:
    """`owner.name` is another for a while."""
    before = vars(owner)[name]
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, before)


def instead(owner: Any, name: str, other: Any) -> Patch:
    """The same as a patch."""
    return lambda: swapped(owner, name, other)


def both(*patches: Patch) -> Patch:
    """Several patches that make one twin: guards that stand in for each other."""

    @contextmanager
    def patched() -> Iterator[None]:
        with ExitStack() as stack:
            for patch in patches:
                stack.enter_context(patch())
            yield

    return patched
