"""The document of the operator's port, made of the pages that make its routes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import models_json_schema

from ops.faces.page import Page, Param, Part
from tidegate import __version__

JSON = "application/json"
LINES = "application/x-ndjson"
PROBLEM = "application/problem+json"
HEADER = "X-API-Key"

_ABOUT = """\
The operator's verbs, as `tidegate` on the command line has them. Every change is carried out by the
leader and on record with the key's owner; a key of a lesser role is told which one it takes.
"""
_OPEN = {
    "/ping": ("Alive; never asks the database", {"status": "ok"}),
    "/ready": ("Whether this process can do its own job", {"status": "ready"}),
    "/health": ("The report: database, leaders, queue", {"status": "ok", "database": {}}),
}
_PROBLEMS = {
    400: "The X-Actor cannot be used, or the body did not come whole",
    401: "No key, a wrong one, or one that was revoked or has expired",
    403: "The key's role may not do that; `role_needed` says which may",
    404: "There is nothing of that id",
    409: "It has changed since, or was settled by another",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A parameter, the filter or the body is not valid",
    500: "Something went wrong here; it is on record",
    503: "The database does not answer; nothing was done",
}
_WITH_A_BODY = frozenset({400, 409, 413, 415})


def document(pages: Iterable[Page], *, whole: bool = True) -> dict[str, Any]:
    """What the pages take and answer.

    Args:
        whole: with what the port answers to anybody, and its older addresses.
    """
    listed = list(pages)
    paths: dict[str, Any] = _common() if whole else {}
    for page in listed:
        paths.setdefault(page.address, {})[page.method.lower()] = _operation(page)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tidegate operations", "version": __version__, "description": _ABOUT},
        "paths": paths,
        "components": {
            "securitySchemes": {"api": {"type": "apiKey", "in": "header", "name": HEADER}},
            "schemas": {"Problem": _PROBLEM, **_models(listed)},
        },
    }


def shape(example: Any) -> Part:
    """The schema of what looks like an example: names and kinds; anything may be null."""
    match example:
        case None:
            return {}
        case bool():
            return {"type": ["boolean", "null"]}
        case int() | float():
            return {"type": ["number", "null"]}
        case str():
            return {"type": ["string", "null"]}
        case list():
            return {"type": ["array", "null"], "items": shape(example[0]) if example else {}}
        case _:
            inner = {name: shape(value) for name, value in example.items()}
            return {"type": ["object", "null"], "properties": inner, "required": list(inner)}


def _common() -> dict[str, Any]:
    found = {path: {"get": _plain(*told)} for path, told in _OPEN.items()}
    keyed = {
        "/queue/stats": ("Depth and age of the queue", {"depth": {}, "dead_letters": 0}),
        "/admin/config": ("The configuration in force, without secrets", {"version": "3f2a…"}),
    }
    found |= {
        path: {"get": _plain(*told) | {"security": [{"api": []}]}} for path, told in keyed.items()
    }
    return found | {"/metrics": {"get": _metrics()}}


def _metrics() -> Part:
    summary = "Numbers for Prometheus; the key may be a bearer token"
    text = {"schema": {"type": "string"}, "example": "tidegate_up 1.0"}
    return {
        "tags": ["status"],
        "summary": summary,
        "security": [{"api": []}],
        "responses": {
            "200": {"description": summary, "content": {"text/plain": text}},
            "default": {"description": "Problem details", "content": _refused()},
        },
    }


def _plain(summary: str, example: Any) -> Part:
    return {
        "tags": ["status"],
        "summary": summary,
        "responses": {
            "200": {
                "description": summary,
                "content": {JSON: {"schema": {"type": "object"}, "example": example}},
            },
            "default": {"description": "Problem details", "content": _refused()},
        },
    }


def _operation(page: Page) -> Part:
    codes = [each for each in _PROBLEMS if page.body is not None or each not in _WITH_A_BODY]
    found: Part = {
        "tags": [page.noun],
        "summary": page.summary,
        "description": f"{page.description}\n\nIt takes the role `{page.needs}`.".strip(),
        "security": [{"api": []}],
        "parameters": [*_of_path(page), *map(_of_query, page.params)],
        "responses": {
            str(page.status): _good(page),
            **{str(status): _also(example) for status, example in page.also.items()},
            **{
                str(code): {"description": _PROBLEMS[code], "content": _refused()} for code in codes
            },
        },
    }
    if page.body is not None:
        named = {name: {"value": value} for name, value in page.sends.items()}
        schema = {"$ref": f"#/components/schemas/{page.body.__name__}"}
        content = {JSON: {"schema": schema, "examples": named}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _good(page: Page) -> Part:
    media = LINES if page.lines else JSON
    # A line a letter: as a whole it is no JSON.
    schema: Part = {"type": "string"} if page.lines else {**shape(page.example), "type": "object"}
    answer: Part = {
        "description": page.summary,
        "content": {media: {"schema": schema, "example": page.example}},
    }
    if page.status == 202:
        said = {"description": "Where what becomes of it is told", "schema": {"type": "string"}}
        answer["headers"] = {"Location": said}
    return answer


def _also(example: Any) -> Part:
    schema = {**shape(example), "type": "object"}
    return {
        "description": "What it would do",
        "content": {JSON: {"schema": schema, "example": example}},
    }


def _refused() -> Part:
    return {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _of_path(page: Page) -> list[Part]:
    names = [part[1:-1] for part in page.address.split("/") if part.startswith("{")]
    any_text = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
    return [
        {"name": name, "in": "path", "required": True, "schema": page.parts.get(name, any_text)}
        for name in names
    ]


def _of_query(param: Param) -> Part:
    schema = param.schema
    if param.many:
        schema = {"type": "array", "items": param.schema, "maxItems": 100}
    return {
        "name": param.name,
        "in": "query",
        "schema": schema,
        "description": param.description,
    }


def _models(pages: list[Page]) -> Part:
    models = dict.fromkeys(page.body for page in pages if page.body is not None)
    _, found = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    defined: Part = found.get("$defs", {})
    return defined


_PROBLEM: Part = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "role_needed": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
