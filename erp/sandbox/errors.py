"""What the sandbox refuses, in Business Central's words.

Source of codes: "Error codes" of the Business Central web services documentation; the HTTP
status of each is what an on-premises v18 answers where that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from starlette.responses import Response

from tidegate.canon import dumps

JSON = "application/json; odata.metadata=minimal; charset=utf-8"

# The codes that a fault's status is dressed in, so that it reads as the ERP's own refusal.
STATUS_CODES: Mapping[int, tuple[str, str]] = {
    400: ("Application_DialogException", "The request was refused by a fault."),
    401: ("Authentication_InvalidCredentials", "The server has rejected the client credentials."),
    403: ("Internal_AccessDenied", "You do not have the permissions for this."),
    404: ("BadRequest_ResourceNotFound", "The resource was not found."),
    405: ("BadRequest_MethodNotAllowed", "The method is not allowed; the API is switched off."),
    408: ("Internal_RequestTimeout", "The operation took longer than the server allows."),
    409: ("Request_EntityChanged", "Another user has already changed the record."),
    429: ("Application_TooManyRequests", "Too many requests; the queue is full."),
    503: ("Internal_ServerError", "The server is too busy to handle the request."),
}


class BcError(Exception):
    """A refusal that goes out as an OData error body.

    Args:
        status: HTTP status.
        code: Business Central's code.
        message: for people; the CorrelationId is added on the way out.
        headers: further response headers.
        german: the message where the language is German; the platform's own are English alone.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: Mapping[str, str] | None = None,
        german: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.german = german or message

    def response(self, correlation_id: UUID, language: str = "en") -> Response:
        """The answer in `en` or `de`, with a CorrelationId that no other answer has."""
        words = self.german if language == "de" else self.message
        text = f"{words}  CorrelationId:  {correlation_id}."
        body = dumps({"error": {"code": self.code, "message": text}})
        return Response(body, self.status, self.headers, JSON)


def for_status(status: int) -> BcError:
    """The ERP's own refusal with that HTTP status; nothing was done."""
    code, message = STATUS_CODES.get(status, ("Internal_ServerError", "An error occurred."))
    if status == 401:
        return unauthorized("Basic")
    headers = {"Retry-After": "1"} if status == 429 else {}
    return BcError(status, code, message, headers)


def unauthorized(scheme: str) -> BcError:
    """Wrong credentials, or none; `scheme` is the one that the server would take."""
    code, message = STATUS_CODES[401]
    return BcError(401, code, message, {"WWW-Authenticate": scheme})


def bad_request(message: str) -> BcError:
    """The request itself cannot be used."""
    return BcError(400, "BadRequest", message)


def not_found(entity: str, what: str) -> BcError:
    """No such record."""
    return BcError(404, "Internal_RecordNotFound", f"The {entity} {what} does not exist.")


def same_key(table: str, key: str) -> BcError:
    """A record with this natural key is there already."""
    return BcError(
        409,
        "Internal_EntityWithSameKeyExists",
        f"The record in table {table} already exists. Identification fields and values: {key}",
        german=f"Der Datensatz in Tabelle {table} ist bereits vorhanden. "
        f"Identifizierte Felder und Werte: {key}",
    )


def too_long(value: str, most: int) -> BcError:
    """A text that its field cannot hold."""
    return BcError(
        400,
        "Application_StringExceededLength",
        f"The length of the string is {len(value)}, but it must be less than or equal to "
        f"{most} characters. Value: {value}",
        german=f"Die Länge der Zeichenfolge ist {len(value)}, sie darf jedoch höchstens "
        f"{most} Zeichen betragen. Wert: {value}",
    )


def no_relation(name: str, value: str, table: str) -> BcError:
    """A value that names a record which is not there."""
    return BcError(
        400,
        "Internal_InvalidTableRelation",
        f"The field {name} contains a value ({value}) that cannot be found in the related "
        f"table ({table}).",
        german=f"Das Feld {name} enthält einen Wert ({value}), der in der verknüpften Tabelle "
        f"({table}) nicht gefunden werden kann.",
    )


def no_segment(name: str) -> BcError:
    """An address that leads nowhere."""
    text = f"Resource not found for the segment '{name}'."
    return BcError(404, "BadRequest_ResourceNotFound", text)


def no_method(method: str) -> BcError:
    """A verb that the address does not know."""
    return BcError(405, "BadRequest_MethodNotAllowed", f"{method} is not allowed here.")


def no_precondition() -> BcError:
    """A change without If-Match."""
    return BcError(
        400,
        "BadRequest_InvalidToken",
        "Could not validate the client concurrency token required by the service. "
        "No If-Match header was given.",
    )


def changed() -> BcError:
    """A change whose ETag is not the record's any more."""
    return BcError(
        409,
        "Request_EntityChanged",
        "Could not validate the client concurrency token required by the service. "
        "Another user has already changed the record.",
    )
