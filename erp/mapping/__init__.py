"""From an event's record to the command that the ERP is asked."""

from __future__ import annotations

from erp.mapping.mapped import Ignored, Mapped, Missing
from erp.mapping.mapper import Mapper

__all__ = ["Ignored", "Mapped", "Mapper", "Missing"]
