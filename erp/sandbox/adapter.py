"""The sandbox's adapter: Business Central's own, with times that suit a server without people."""

from __future__ import annotations

from erp.business_central import adapter
from erp.business_central.adapter import BusinessCentral
from erp.business_central.auth import Login
from erp.business_central.connections import Http
from tidegate.adapter import Repeat

COMPANY = "CRONUS"
TIMEOUT = 2.0
IN_DOUBT = 3.0
LANES = 8


class SandboxAdapter(BusinessCentral):
    """The same over a sandbox, whose requests are late by seconds, not by minutes."""

    def __init__(
        self,
        http: Http,
        *,
        company: str = COMPANY,
        repeat: Repeat = Repeat.CONDITIONAL,
        in_doubt: float = IN_DOUBT,
    ) -> None:
        super().__init__(http, company=company, repeat=repeat, in_doubt=in_doubt)


def build(
    base_url: str,
    company: str = COMPANY,
    timeout: float = TIMEOUT,
    *,
    repeat: Repeat = Repeat.CONDITIONAL,
    in_doubt: float = IN_DOUBT,
) -> BusinessCentral:
    """The adapter for a sandbox at `base_url`; `timeout` and `in_doubt` in seconds."""
    return adapter.build(
        base_url,
        company,
        Login(),
        timeout=timeout,
        repeat=repeat,
        in_doubt=in_doubt,
        lanes=LANES,
    )
