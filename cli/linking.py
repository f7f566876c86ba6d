"""The links that `mapping try` goes by: those on record, and stand-ins for what is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli.output import tell

if TYPE_CHECKING:
    from erp.links import Link, Linked
    from tidegate.canon import Json
    from tidegate.config import Config


class Tried:
    """What a record that is tried names.

    Args:
        link: the links on record of `target`; None: there is no database to ask.
        why: why there is none.
        target: the adapter whose links they are.

    `missing` are those asked for that are not on record, such as `zoho.customers 7`.
    """

    def __init__(self, link: Link | None, why: str = "", target: str = "") -> None:
        self._link = link
        self._why = why
        self._target = target
        self._own: tuple[str, str, str | None] = ("", "", None)
        self.missing: list[str] = []

    def own_id(self, config: Config, source: str, entity: str, record: Json) -> str:
        """The record's own id, by which its link is looked up; empty where nothing is."""
        from ingest.places import Parts
        from ingest.rules import rules_of

        place = rules_of(config, source, entity).entity_id if self._link and source else None
        found = Parts(body=record).find(place, record) if place else None
        self._own = (source, entity, found)
        return found or ""

    def as_it_is(self, source: str, entity: str, entity_id: str) -> Linked | None:
        """The link on record; without a database a stand-in."""
        if self._link is None:
            return self.stood_in(source, entity, entity_id)
        found = self._link(source, entity, entity_id)
        name = f"{source}.{entity} {entity_id}"
        # That its own is missing says only that it is new.
        if found is None and (source, entity, entity_id) != self._own and name not in self.missing:
            self.missing.append(name)
        return found

    def stood_in(self, source: str, entity: str, entity_id: str) -> Linked | None:
        """The link on record, else what stands for it: `<zoho.customers 7>`."""
        from erp.links import Linked

        found = self._link(source, entity, entity_id) if self._link else None
        name = f"{source}.{entity} {entity_id}"
        if found is not None or (self._link and (source, entity, entity_id) == self._own):
            return found
        if name not in self.missing:
            self.missing.append(name)
        # Short enough to pass for a number of twenty characters.
        return Linked("", f"<{name}>", f"<{entity_id[-18:]}>")

    def say(self, *, waits: bool) -> None:
        """Tell what was missing, and what becomes of the event therefore."""
        named = ", ".join(self.missing)
        if not named:
            return
        if self._link is None:
            tell(f"no link was looked up ({self._why}); <…> stands for: {named}")
        elif waits:
            tell(f"its event would wait; no record in {self._target} yet, <…> stands for: {named}")
        else:
            tell(f"no record in {self._target} yet, and left out: {named}")


@contextmanager
def links(directory: Path | None) -> Iterator[Tried]:
    """The links of the database that is configured, or lies in the folder, where there is one."""
    from cli import modes
    from cli.reading import acting
    from erp.links import Links
    from ingest.targets import names
    from tidegate.errors import StoreError

    with ExitStack() as stack:
        try:
            context, db = stack.enter_context(acting(directory))
        except StoreError as error:
            yield Tried(None, str(error))
            return
        sandbox = modes.brings_sandbox(context.settings, context.config, None)
        target = names(modes.target_of(context.settings, sandbox=sandbox))[0]
        yield Tried(Links(db).of(target), target=target)
