"""Which order and which line an address names."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from ingest.problems import problem
from ingest.purchasing.dtos import LAST_LINE, usable_number

_LINE = re.compile(r"[0-9]{1,10}")


def order_number(request: Request) -> str | Response:
    """The order's number; `?po=` stands in for one that proxies would mangle."""
    number: str = request.query_params.get("po") or request.path_params["po_id"]
    if not usable_number(number):
        return problem(404, "There is no such purchase order")
    return number


def line_address(request: Request) -> tuple[str, int] | Response:
    """Order and line."""
    number = order_number(request)
    if isinstance(number, Response):
        return number
    line_no = request.path_params["line_no"]
    if not _LINE.fullmatch(line_no) or not 1 <= int(line_no) <= LAST_LINE:
        return problem(404, "There is no such line", "a line's number is a whole number from 1 on")
    return number, int(line_no)
