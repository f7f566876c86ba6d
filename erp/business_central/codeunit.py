"""What API v2.0 of v18 cannot do, through the codeunit `CommandInbox`: each command at most once.

The command's id is our effect key; its row and its effect are one transaction there, so a repeat
is simply sent again and answered with the earlier result. Its source is under `al/`.
"""

from __future__ import annotations

from uuid import UUID

from erp.business_central.client import Call, Client
from erp.business_central.company import SERVICE
from tidegate.adapter import Command, Repeat
from tidegate.canon import Json
from tidegate.errors import FarError
from tidegate.outcome import Applied, Finding, NotApplied, Rejected

REFUSALS = ("Application_", "BadRequest", "Internal_InvalidTableRelation")
_CONFLICTS = ("Request_EntityChanged", "Internal_EntityWithSameKeyExists")
_NO_SEGMENT = "BadRequest_ResourceNotFound"


class Procedure:
    """One command that is a call of the codeunit.

    Args:
        name: the procedure's.
        keyed_by: the parameter that is the command's key where the values leave it out.
    """

    repeat = Repeat.KEY

    def __init__(self, name: str, keyed_by: str = "") -> None:
        self._name = name
        self._keyed_by = keyed_by

    def apply(self, client: Client, command: Command, effect_key: UUID) -> Applied | Rejected:
        """Call it; raises `FarError`, `SendRefused`."""
        parameters = dict(command.values)
        if self._keyed_by:
            parameters.setdefault(self._keyed_by, command.key)
        try:
            result = client.call(Call(self._name, parameters), command, effect_key)
        except FarError as error:
            rejected = refusal(error)
            if rejected is None:
                raise
            return rejected
        told: dict[str, Json] = {
            name: value for name, value in result.items() if name != "commandId"
        }
        return Applied(None, told, told)

    def probe(self, client: Client, command: Command) -> Finding:
        """Nothing to look at: its command id makes a repeat safe."""
        return NotApplied(f"{command.name} is known to the ERP by its id: repeat it")


def refusal(error: FarError) -> Rejected | None:
    """A refusal for good, in the ERP's own words, or None where rules must decide."""
    if error.status == 404 and error.code == _NO_SEGMENT and f"'{SERVICE}_" in str(error):
        return Rejected(
            f"the codeunit {SERVICE} is not published, which receipts, returns, stock, prices and "
            "changes of released orders go through: publish the one in erp/business_central/al "
            "as a web service of that name",
            "codeunit_not_published",
            501,
        )
    if error.status != 400 or error.code in _CONFLICTS or not error.code.startswith(REFUSALS):
        return None
    return Rejected(str(error), error.code)
