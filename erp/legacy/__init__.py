"""The user's own code as far side: functions in child processes, procedures in the database."""

from __future__ import annotations
