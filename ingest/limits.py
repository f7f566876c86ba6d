"""Rate limits: so many requests in any stretch of their length, off unless configured.

A limit is this process's own: two of them on one database let through twice as many.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.clock import Clock, SystemClock
from tidegate.config_tables import Tables

if TYPE_CHECKING:
    from limits import RateLimitItem

    from ingest.windows import Meter


class Limits:
    """Counts those who are known: a wrong key must not use up somebody else's share.

    Args:
        config: `[sources.*] rate` and `[api] rate`.
        clock: its monotonic seconds; a time of day that steps refuses nobody.
    """

    def __init__(self, config: Tables, clock: Clock) -> None:
        self._clock = clock
        self._meter: Meter | None = None
        rates = {name: source.rate for name, source in config.sources.items()}
        self._sources = {name: self._rate(rate) for name, rate in rates.items() if rate}
        self._api = self._rate(config.api.rate) if config.api.rate else None

    @classmethod
    def none(cls) -> Limits:
        """Whoever comes may go on."""
        return cls(Tables(), SystemClock())

    def source(self, name: str) -> float | None:
        """Count a delivery of a source: None to go on, else the seconds to wait."""
        rate = self._sources.get(name)
        return self._hit(rate, "source", name) if rate else None

    def owner(self, owner: str) -> float | None:
        """Count a request of an API key's owner: None to go on, else the seconds to wait."""
        return self._hit(self._api, "owner", owner) if self._api else None

    def _hit(self, rate: RateLimitItem, kind: str, name: str) -> float | None:
        return self._meter.hit(rate, kind, name) if self._meter else None

    def _rate(self, text: str) -> RateLimitItem:
        # The library costs a tenth of a second to import, and most houses limit nobody.
        from ingest.windows import Meter, rate_of

        self._meter = self._meter or Meter(self._clock)
        return rate_of(text)
