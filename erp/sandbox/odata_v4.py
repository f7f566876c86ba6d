"""ODataV4: companies by name, and the published codeunit's unbound actions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from erp.sandbox.answers import listed, one
from erp.sandbox.api import EFFECT_HEADER, Pause
from erp.sandbox.books import Books
from erp.sandbox.codeunit.inbox import procedure_of, read_call, run
from erp.sandbox.commits import Commits
from erp.sandbox.companies import COMPANIES, Company, company_of
from erp.sandbox.documents import Body
from erp.sandbox.errors import JSON, bad_request, no_method, no_segment
from erp.sandbox.odata import body_of
from erp.sandbox.settings import Settings
from tidegate.canon import dumps

_COMPANY = re.compile(r"Company\('((?:[^']|'')*)'\)")


class ODataV4:
    """Serves what stands behind `/ODataV4/`."""

    def __init__(self, books: Mapping[str, Books], commits: Commits, settings: Settings) -> None:
        self._books = books
        self._commits = commits
        self._settings = settings

    async def serve(self, request: Request, raw: bytes, pause: Pause) -> Response:
        """The answer to one request; raises `BcError`."""
        rest = request.path_params["rest"]
        if rest.startswith("Company"):
            return _companies(request, rest)
        if not self._settings.codeunit:
            raise no_segment(rest)
        procedure = procedure_of(rest)
        if request.method != "POST":
            raise no_method(request.method)
        books = self._books[_company_of(request).id]
        command_id, parameters = read_call(body_of(raw))
        effect_key = request.headers.get(EFFECT_HEADER)
        await pause()
        result = await self._commits.run(
            lambda: run(books, procedure, command_id, parameters, effect_key)
        )
        return Response(dumps({"value": result}), 200, media_type=JSON)


def _companies(request: Request, rest: str) -> Response:
    if request.method != "GET":
        raise no_method(request.method)
    if rest == "Company":
        return listed(request, "Company", [_shown(company) for company in COMPANIES])
    match = _COMPANY.fullmatch(rest)
    if match is None:
        raise no_segment(rest)
    return one(request, "Company", _shown(company_of(match[1].replace("''", "'"))), 200)


def _company_of(request: Request) -> Company:
    """The company that `?company=` names, by id or by name; raises `BcError`."""
    wanted = request.query_params.get("company")
    if not wanted:
        raise bad_request("The company must be given as ?company={id}.")
    return company_of(wanted)


def _shown(company: Company) -> Body:
    return {"Name": company.name, "Id": company.id, "Display_Name": company.name}
