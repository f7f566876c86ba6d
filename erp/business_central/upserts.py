"""Items, customers and vendors: made, changed and deleted by their number, a field, or a link."""

from __future__ import annotations

from erp.business_central.client import Client, Write
from erp.business_central.compare import shows
from erp.business_central.odata import Record, literal, plain
from erp.business_central.repeats import ABSENT, Seen
from erp.business_central.writing import Fields, Next
from tidegate.adapter import Command
from tidegate.outcome import Rejected

NUMBER = "number"


class _Master:
    """A record with its number as natural key.

    Args:
        entity: the entity set.
    """

    def __init__(self, entity: str) -> None:
        self.entity = entity

    def link(self, record: Record) -> tuple[str, str, str] | None:
        """As `Writing` has it; None for a record that is gone."""
        if "id" not in record:
            return None
        return self.entity, str(record["id"]), str(record[NUMBER])

    def answer(self, command: Command, record: Record) -> Fields | None:
        """The whole record."""
        return plain(record)

    def _find(self, client: Client, command: Command) -> Record | Rejected | None:
        """By the link, then by the field that the mapping says holds the key, then by number."""
        if command.link is not None:
            linked = client.record(self.entity, command.link)
            if linked is not None:
                return linked
        for name in dict.fromkeys((command.match or NUMBER, NUMBER)):
            value = _number(command) if name == NUMBER else command.values.get(name, command.key)
            if value in (None, ""):
                continue
            rows = client.rows(self.entity, f"{name} eq {literal(name, value)}", most=2)
            if len(rows) > 1:
                text = f"more than one record of {self.entity} has {name} {value!r}"
                return Rejected(text, "ambiguous_match", 409)
            if rows:
                return rows[0]
        return None


class Upsert(_Master):
    """`….upsert`: the record is changed where it is there, else made.

    A record is never renumbered: a linked one keeps its number, whatever number is asked.
    """

    def asked(self, command: Command) -> Fields:
        """The values, and the number where the key is one."""
        number = _number(command)
        return {**command.values, NUMBER: number} if number else dict(command.values)

    def read(self, client: Client, command: Command) -> Seen | Rejected:
        """As `Writing` has it; raises `FarError`."""
        record = self._find(client, command)
        if isinstance(record, Rejected):
            return record
        return Seen(record, shows=record is not None and shows(record, self._fields(command)))

    def write(self, command: Command, seen: Seen) -> Next:
        """A change under the ETag that was read, or a create."""
        if seen.record is not None:
            path = f"{self.entity}({seen.record['id']})"
            return Write(path, self._fields(command), seen.version)
        if not _number(command):
            text = (
                f"a new record of {self.entity} needs a number: the ERP would draw one, and a "
                "repeat another"
            )
            return Rejected(text, "no_number")
        return Write(self.entity, self.asked(command), ABSENT)

    def kept(self, command: Command, seen: Seen) -> Fields:
        """Every field, the number where the record is new."""
        return self.asked(command) if seen.record is None else self._fields(command)

    def _fields(self, command: Command) -> Fields:
        return {name: value for name, value in command.values.items() if name != NUMBER}


class Delete(_Master):
    """`….delete`: the record goes; one that is not there is gone already."""

    def asked(self, command: Command) -> Fields:
        """What went: its number and its name."""
        return dict.fromkeys((NUMBER, "displayName"))

    def read(self, client: Client, command: Command) -> Seen | Rejected:
        """As `Writing` has it; raises `FarError`."""
        record = self._find(client, command)
        return record if isinstance(record, Rejected) else Seen(record, shows=record is None)

    def write(self, command: Command, seen: Seen) -> Next:
        """Delete under the ETag that was read."""
        if seen.record is None:
            return None
        return Write(f"{self.entity}({seen.record['id']})", {}, seen.version, deletes=True)

    def kept(self, command: Command, seen: Seen) -> Fields:
        """Nothing is left to be compared."""
        return {}


def _number(command: Command) -> str:
    """The number that is asked; the key is one unless another field tells the record."""
    given = command.values.get(NUMBER)
    if isinstance(given, str) and given.strip():
        return given.strip()
    return command.key.strip() if command.match in (None, NUMBER) else ""
