"""The inbox itself: a command's row and its effect are one transaction.

A command id that is known answers with the earlier result and does nothing. A command that is
refused leaves no row, since AL's Error() undoes all, so its repeat is judged anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from erp.sandbox.books import Books
from erp.sandbox.codeunit.line_changes import change_released_line
from erp.sandbox.codeunit.order_postings import post_receipt, post_return
from erp.sandbox.codeunit.parameters import Parameters
from erp.sandbox.codeunit.stock import adjust_stock, set_prices
from erp.sandbox.dialogs import dialog
from erp.sandbox.documents import Body
from erp.sandbox.errors import bad_request, no_segment
from tidegate.canon import Json, parse, text
from tidegate.errors import CanonError

Procedure = Callable[[Books, Parameters], Body]
SERVICE = "CommandInbox"
PROCEDURES: Mapping[str, Procedure] = {
    "PostReceipt": post_receipt,
    "PostReturn": post_return,
    "AdjustStock": adjust_stock,
    "SetPrices": set_prices,
    "ChangeReleasedLine": change_released_line,
}
_LONGEST_ID = 50


def procedure_of(segment: str) -> str:
    """The procedure that `CommandInbox_{Procedure}` names; raises `BcError`."""
    service, _, name = segment.partition("_")
    if service != SERVICE or name not in PROCEDURES:
        raise no_segment(segment)
    return name


def read_call(body: Mapping[str, Json]) -> tuple[str, Parameters]:
    """Command id and parameters of a call; raises `BcError`."""
    for name in ("commandId", "json"):
        if not isinstance(body.get(name), str):
            raise bad_request(f"The parameter '{name}' is missing or is no Edm.String.")
    unknown = sorted(body.keys() - {"commandId", "json"})
    if unknown:
        raise bad_request(f"The parameter '{unknown[0]}' in the request payload is not valid.")
    command_id = str(body["commandId"]).strip()
    if not 0 < len(command_id) <= _LONGEST_ID:
        raise dialog(
            f"The command id must have 1 to {_LONGEST_ID} characters.",
            f"Die Befehls-ID muss 1 bis {_LONGEST_ID} Zeichen haben.",
        )
    try:
        value = parse(str(body["json"]).encode())
    except CanonError as error:
        raise dialog(f"The command is not JSON: {error}", f"Kein JSON: {error}") from error
    if not isinstance(value, dict):
        raise dialog("The command is not a JSON object.", "Der Befehl ist kein JSON-Objekt.")
    return command_id, Parameters(value)


def run(
    books: Books, procedure: str, command_id: str, parameters: Parameters, effect_key: str | None
) -> str:
    """The result as JSON text, of this call or of the earlier one; raises `BcError`."""
    earlier = books.state.command(command_id)
    if earlier is not None:
        if earlier[0] != procedure:
            raise dialog(
                f"Command {command_id} was used for {earlier[0]}.",
                f"Befehl {command_id} wurde für {earlier[0]} verwendet.",
            )
        return earlier[1]
    answer = PROCEDURES[procedure](books, parameters)
    entity, key = str(answer.pop("_entity")), str(answer.pop("_key"))
    result = text({"commandId": command_id, **answer})
    books.state.keep_command(command_id, procedure, result)
    books.note(effect_key, entity, key, procedure, parameters.given)
    return result
