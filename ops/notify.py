"""Tells people of alerts, and whoever watches that this house is alive; a step with its own thread.

What to tell is in the database, so a leader that dies leaves it to the next: at least once. Sending
is Apprise's: it knows mail, chat, pagers and plain HTTP, and keeps knowing them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ops.alerts import RUNBOOK
from sql.database import Database, Row
from tidegate.errors import StoreError
from tidegate.telemetry import logger

if TYPE_CHECKING:
    from pydantic import SecretStr

EVERY = 5.0
"""Seconds between looks for something to tell."""

HEARTBEAT = 60.0
AGAIN = 60.0
"""Seconds after which a telling that failed is tried once more."""

_log = logger("notify")


class Send(Protocol):
    """Tells people; what went wrong, None where nothing did."""

    def __call__(self, title: str, body: str) -> str | None: ...


class Notifier:
    """Sends while this process leads.

    Args:
        send: None where nobody is named to be told.
        beat: fetches the heartbeat's address; None where there is none.
        leads: whether this process leads now.
        remind: seconds after which a critical alert is told once more.
        where: the environment, for the title.
    """

    def __init__(
        self,
        db: Database,
        send: Send | None,
        beat: Callable[[], None] | None,
        leads: Callable[[], bool],
        remind: float,
        where: str,
    ) -> None:
        self._db = db
        self._send = send
        self._beat = beat
        self._leads = leads
        self._remind = remind
        self._where = where
        self._beat_due = 0.0
        self._send_due = 0.0

    def step(self, now: float) -> float:
        """See `tidegate.step`."""
        if self._leads():
            if self._beat is not None and now >= self._beat_due:
                self._beat_due = now + HEARTBEAT
                self._beat()
            if self._send is not None and now >= self._send_due:
                self._send_due = now + (EVERY if self._tell(self._send) else AGAIN)
        return now + EVERY

    def _tell(self, send: Send) -> bool:
        try:
            found = self._db.read("alerts/unsent", {"remind_s": round(self._remind)})["alerts"]
            if not found:
                return True
            error = send(*written(found, self._where))
            if error is not None:
                _log.warning("alert.untold", error=error, alerts=len(found))
                return False
            sent = [{"id": row["id"], "error": None} for row in found]
            self._db.run("alerts/sent", {"sent": sent})
        except StoreError as fault:
            _log.warning("alert.untold", error=str(fault))
            return False
        return True


def written(alerts: Sequence[Row], where: str) -> tuple[str, str]:
    """Title and text of one message about all of them."""
    fresh = [row for row in alerts if row["cleared_at"] is None]
    over = [row for row in alerts if row["cleared_at"] is not None]
    worst = "critical" if any(row["severity"] == "critical" for row in fresh) else "warning"
    title = f"Tidegate {where}: {worst}, {_some(fresh)}" if fresh else f"Tidegate {where}: cleared"
    lines = [f"{row['severity'].upper()} {row['code']}: {row['text']}" for row in fresh]
    lines += [f"  what to do: {RUNBOOK.format(code)}" for code in sorted(_codes(fresh))]
    lines += [f"CLEARED {row['code']}: {row['text']}" for row in over]
    return title, "\n".join(lines)


def apprise(urls: SecretStr) -> Send:
    """Sends to every address. Raises `ConfigError` where one cannot be read; it is not repeated."""
    import logging

    from apprise import Apprise

    from tidegate.errors import ConfigError

    # What it logs may hold the addresses, which are secrets.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    to = Apprise()
    for number, url in enumerate(urls.get_secret_value().split(), 1):
        if not to.add(url):
            raise ConfigError(
                f"address {number} of ALERT_URLS is none that Apprise knows",
                next_step="see github.com/caronc/apprise for how addresses are written",
            )

    def send(title: str, body: str) -> str | None:
        told = to.notify(title=title, body=body)
        return None if told else "not every address took it"

    return send


def heartbeat(url: SecretStr) -> Callable[[], None]:
    """Fetches `url`; what goes wrong is logged, since whoever watches notices anyway."""
    import logging

    import httpx

    from tidegate import egress

    # They log what is fetched, and the address is a secret.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    client = egress.client(timeout=10.0, connections=1)

    def beat() -> None:
        try:
            answer = client.get(url.get_secret_value())
        except httpx.HTTPError as error:
            _log.warning("heartbeat.failed", error=type(error).__name__)
            return
        if answer.status_code >= 400:
            _log.warning("heartbeat.refused", status=answer.status_code)

    return beat


def _some(alerts: Sequence[Row]) -> str:
    codes: Any = sorted(_codes(alerts))
    return ", ".join(codes[:3]) + (f" and {len(codes) - 3} more" if len(codes) > 3 else "")


def _codes(alerts: Sequence[Row]) -> set[str]:
    return {row["code"] for row in alerts}
