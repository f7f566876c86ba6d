"""What the pages of the document are made of: parameters, bodies and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Part: TypeAlias = dict[str, Any]

JSON = "application/json"
PROBLEM = "application/problem+json"
_RETRY: Part = {
    "Retry-After": {
        "description": "Seconds after which to try again",
        "schema": {"type": "integer", "minimum": 1},
    }
}
_PROBLEMS: Mapping[int, tuple[str, Part]] = {
    400: ("A header cannot be used, or there is no idempotency key", {}),
    401: (
        "No key, or a wrong one",
        {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "The header to send"}},
    ),
    403: ("The key is of a role that may not do that", {}),
    404: ("There is no such record, event or address", {}),
    405: ("Another method is wanted", {"Allow": {"schema": {"type": "string"}}}),
    409: ("An event before this one holds it, or the same command is still running", {}),
    413: ("The body is too large", {}),
    415: ("The body is not of a type that is taken", {}),
    422: ("The body, the query, or the business behind it says no", {}),
    429: ("More than was agreed on, or too many events wait", _RETRY),
    500: ("Something went wrong here; it is on record", {}),
    501: ("The ERP behind this house cannot do it, or none is configured", {}),
    503: ("Nothing was kept or queued; try again", _RETRY),
    504: ("The command expired unrun, or the ERP did not answer a read in time", {}),
}


def ref(name: str) -> Part:
    """A schema of the components."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameter(place: str, name: str, schema: Part, description: str, example: Any = None) -> Part:
    """A parameter; those of the path are required."""
    found: Part = {"name": name, "in": place, "schema": schema, "description": description}
    if place == "path":
        found["required"] = True
    return found if example is None else found | {"example": example}


def body(schema: Part, examples: Mapping[str, Any]) -> Part:
    """A JSON body that must be there."""
    named = {name: {"value": value} for name, value in examples.items()}
    return {"required": True, "content": {JSON: {"schema": schema, "examples": named}}}


def answer(description: str, schema: Part, example: Any, **headers: str) -> Part:
    """A good answer; `headers` by name with an underscore for each dash."""
    found: Part = {
        "description": description,
        "content": {JSON: {"schema": schema, "example": example}},
    }
    named = {
        name.replace("_", "-"): {"description": words, "schema": {"type": "string"}}
        for name, words in headers.items()
    }
    return found | ({"headers": named} if named else {})


def problems(*codes: int) -> Part:
    """The bad answers, all of one form."""
    return {str(code): _problem(code) for code in codes}


def _problem(code: int) -> Part:
    description, headers = _PROBLEMS[code]
    found: Part = {"description": description, "content": {PROBLEM: {"schema": ref("Problem")}}}
    return found | ({"headers": headers} if headers else {})
