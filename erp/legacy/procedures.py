"""The adapter of stored procedures in the house's own database: effect and settlement as one.

Each runs alone: one event, one batch, one transaction, which ends with the event's settlement.
Either both are there or neither is, whatever breaks in between; so a repeat needs no look.

Source: shared design, effects, "Adapters"; `sql/alone.py` for the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from erp.failure import SqlFarError
from sql.alone import Alone, ProcedureFailed
from sql.database import Database
from sql.mssql import MssqlDatabase
from tidegate import canon
from tidegate.adapter import Capability, Command, Repeat
from tidegate.config_legacy import LegacyCommand
from tidegate.errors import ConfigError, Conflict, Deposed, StoreError, Unstorable
from tidegate.outcome import Applied, CannotTell, Finding, Rejected

_KNOWN = text("SELECT OBJECT_ID(:name, 'P')")
_MAY_RUN = text("SELECT HAS_PERMS_BY_NAME(:name, 'OBJECT', 'EXECUTE')")
_CAN_TELL = text("SELECT OBJECT_ID('sys.sql_expression_dependencies')")
_LINKED = text(
    "SELECT TOP (1) referenced_server_name FROM sys.sql_expression_dependencies "
    "WHERE referencing_id = OBJECT_ID(:name, 'P') AND referenced_server_name IS NOT NULL"
)


class Procedures:
    """Implements `tidegate.adapter.Adapter`.

    Args:
        db: the house's database.
        procedures: `schema.name` by command.
        timeout: seconds that a call may take.
    """

    def __init__(
        self, db: MssqlDatabase, procedures: Mapping[str, str], *, timeout: float = 10.0
    ) -> None:
        self._db = db
        self._procedures = dict(procedures)
        self._alone = Alone(db, timeout)

    @property
    def commands(self) -> Mapping[str, Capability]:
        """The commands it can do."""
        return dict.fromkeys(self._procedures, Capability(Repeat.TRANSACTIONAL))

    def check(self) -> None:
        """Each is there, may be run, and names no linked server; raises `ConfigError`."""
        for command, name in self._procedures.items():
            self._check(f"[adapters.legacy] {command}: {name}", name)

    def apply(self, command: Command, effect_key: UUID) -> Applied | Rejected:
        """Run it with the settlement. Raises `SqlFarError` or `SendRefused`."""
        name = self._procedures[command.name]
        argument = _argument(command, effect_key)
        applied = Applied(None, dict(command.values))
        command.sending(f"EXEC {name} {argument}".encode(), None)
        document = command.settling(applied)
        try:
            self._alone.run(name, argument, document)
        except ProcedureFailed as error:
            if error.gone and self._alone.committed(document):
                return applied
            return _judged(error)
        except Unstorable as error:
            return Rejected(str(error), "unstorable")
        except (Deposed, Conflict) as error:
            # The drain finds out for itself that its term, or its picture of the queue, is over.
            raise _undone(f"it was not settled: {error}", phase="pool") from error
        except StoreError as error:
            raise _undone(str(error), phase="connect") from error
        return applied

    def probe(self, command: Command, effect_key: UUID) -> Finding:
        """There is nothing to look at: what is not settled did not take effect."""
        return CannotTell("a procedure and its settlement are one transaction")

    def health(self) -> None:
        """One read of the database; raises `FarError`."""
        try:
            self._db.read("events/ping", {})
        except StoreError as error:
            raise SqlFarError(str(error), sent=False, phase="connect") from error

    def close(self) -> None:
        """Close its connections; the house's database stays open."""
        self._alone.close()

    def _check(self, what: str, name: str) -> None:
        with self._db.engine.connect() as connection:

            def ask(statement: Any) -> Any:
                return connection.execute(statement, {"name": name}).scalar()

            if ask(_KNOWN) is None:
                raise ConfigError(
                    f"{what}: there is no such procedure in the house's database",
                    next_step="create it there, with one nvarchar(max) parameter",
                )
            if not ask(_MAY_RUN):
                raise ConfigError(
                    f"{what}: the house's login may not run it",
                    next_step=f"GRANT EXECUTE ON {name} to it",
                )
            linked = ask(_LINKED) if ask(_CAN_TELL) is not None else None
        if linked is not None:
            raise ConfigError(
                f"{what}: it uses the linked server {linked}, which no transaction here covers",
                next_step='name a Python function instead: call = "module:function"',
            )


def build(
    procedures: Mapping[str, LegacyCommand], timeout: float, db: Database | None
) -> Procedures:
    """The adapter of those commands; raises `ConfigError` where the house has no such database."""
    if not isinstance(db, MssqlDatabase):
        raise ConfigError(
            "[adapters.legacy] names procedures, and they run in the house's own database, which "
            "is no SQL Server",
            next_step="set DB_DSN to the SQL Server that has them, or name Python functions",
        )
    return Procedures(
        db, {name: str(each.procedure) for name, each in procedures.items()}, timeout=timeout
    )


def _argument(command: Command, effect_key: UUID) -> str:
    handed: dict[str, Any] = {
        "name": command.name,
        "key": command.key,
        "values": dict(command.values),
        "effect_key": str(effect_key),
    }
    return canon.text(handed)


def _judged(error: ProcedureFailed) -> Rejected:
    """A refusal, where the procedure broke its contract; else raises `SqlFarError`."""
    match error.verdict:
        case "undone":
            return Rejected(
                "the procedure ended the transaction that it ran in; nothing of it stays",
                "transaction_ended",
            )
        case "returned":
            return Rejected("the procedure returned another code than 0", "returned")
        case "committed":
            message = "the procedure committed the transaction that it ran in: its effect stays"
            raise SqlFarError(message, sent=True, sqlstate="transaction_ended", stays=True)
        case _:
            raise SqlFarError(
                str(error),
                sent=True,
                sqlstate=error.sqlstate,
                sql_number=error.number,
                rolled_back=not error.gone,
                phase="dropped" if error.gone else "answer",
            )


def _undone(message: str, *, phase: str) -> SqlFarError:
    return SqlFarError(message, sent=False, phase=phase, rolled_back=True)
