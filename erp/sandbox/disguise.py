"""What becomes of an answer on its way: dropped, replaced by a proxy's page, or marked."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from erp.sandbox.drop import Dropped
from erp.sandbox.errors import BcError, for_status
from erp.sandbox.faults import Fault

BOM = b"\xef\xbb\xbf"
PAGE = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


def disguised(response: Response, fault: Fault, said: Callable[[BcError], Response]) -> Response:
    """The answer as the fault lets it arrive; `said` makes the server's own refusal."""
    if fault.drop == "after":
        return Dropped()
    if fault.proxy_502_after:
        return Response(PAGE, 502, media_type="text/html")
    if fault.timeout_408_after:
        return said(for_status(408))
    if fault.bom and response.body:
        return _marked(response)
    return response


def _marked(response: Response) -> Response:
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(BOM + bytes(response.body), response.status_code, headers)
