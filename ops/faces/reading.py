"""From a request to what a verb takes: its parameters, its body, and in whose name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from ingest.access import Holder
from ingest.purchasing.caller import ACTOR, UnusableActor, actor
from ingest.requests import Incoming, TooLarge
from ingest.shapes import Problem, problems_of
from ops.faces.page import Asked, Page, Param, Wrong
from ops.who import Who
from tidegate import canon
from tidegate.errors import CanonError

_INTEGER = re.compile(r"[0-9]{1,9}")
_TRUTH = ("true", "false")
_LONGEST = 400


async def asked(page: Page, request: Request, holder: Holder, limit: int) -> Asked:
    """What a request asks of a page. Raises `Wrong`.

    Args:
        limit: bytes of a body.
    """
    if not all(str(value).isprintable() for value in request.path_params.values()):
        raise Wrong(404, "There is nothing of that id")
    values = _values(page.params, request)
    body = await _body(page.body, request, limit) if page.body is not None else None
    who = Who(_actor(request, holder), "http", _remote(request))
    return Asked(who, dict(request.path_params), values, body, str(request.scope["root_path"]))


def _actor(request: Request, holder: Holder) -> str:
    """The key's owner, and beside it the person whom the caller says it acts for."""
    try:
        named = actor(request)
    except UnusableActor as error:
        raise Wrong(400, f"The {ACTOR} is not usable", str(error)) from error
    return holder.owner if named is None else f"{holder.owner} for {named}"[:200]


def _remote(request: Request) -> str | None:
    return request.client.host[:200] if request.client else None


def _values(params: tuple[Param, ...], request: Request) -> Mapping[str, list[str]]:
    known = {param.name: param for param in params}
    found: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise _no(name, f"there is none; there are {', '.join(known) or 'none'}")
        if not known[name].many and name in found:
            raise _no(name, "it can be given once")
        found.setdefault(name, []).append(_checked(known[name], value))
    return found


def _checked(param: Param, value: str) -> str:
    schema = param.schema
    if not value.isprintable():
        raise _no(param.name, "it holds what cannot be printed")
    if schema.get("type") == "integer":
        number = int(value) if _INTEGER.fullmatch(value) else -1
        if not schema.get("minimum", 0) <= number <= schema.get("maximum", 10**9):
            raise _no(param.name, f"a whole number from {schema['minimum']} to {schema['maximum']}")
    elif schema.get("type") == "boolean" and value not in _TRUTH:
        raise _no(param.name, "true or false")
    elif "enum" in schema and value not in schema["enum"]:
        raise _no(param.name, f"one of {', '.join(schema['enum'])}")
    elif not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", _LONGEST):
        raise _no(param.name, "it is empty, or too long")
    return value


def _no(name: str, detail: str) -> Wrong:
    # The name is the caller's own.
    name = "".join(each for each in name[:100] if each.isprintable())
    return Wrong(422, "The query is not valid", errors=[Problem(f"?{name}", detail)])


async def _body(model: type[BaseModel], request: Request, limit: int) -> Any:
    incoming = Incoming(request.scope, request.receive)
    media = incoming.media_type().partition(";")[0].strip().lower()
    if media not in ("", "application/json") and not media.endswith("+json"):
        raise Wrong(415, "The body must be JSON", "send Content-Type: application/json")
    try:
        raw = await incoming.body(limit)
    except ClientDisconnect as error:
        raise Wrong(400, "The body did not come whole") from error
    if isinstance(raw, TooLarge):
        raise Wrong(413, "The body is too large", raw.detail)
    try:
        value = canon.parse(raw)
    except CanonError as error:
        raise _invalid([Problem(error.pointer, str(error))]) from error
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _invalid(problems_of(error)) from error


def _invalid(errors: Iterable[Problem]) -> Wrong:
    return Wrong(422, "The body is not valid", errors=errors)
