"""`[adapters.legacy.commands]`: what a command may call, and how that may be repeated."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tidegate.config_legacy import LegacyCommand

PROBE = {"call": "my_erp.po:change", "repeat": "probe", "in_doubt": 30.0, "probe": "my_erp.po:is"}


@pytest.mark.parametrize(
    ("table", "repeat"),
    [
        ({"call": "my_erp.po:change"}, "never"),
        ({"call": "my_erp.po:change", "repeat": "key"}, "key"),
        (PROBE, "probe"),
        ({"procedure": "dbo.ChangePoDate"}, "transactional"),
    ],
)
def test_a_command_repeats_as_its_kind_does(table: dict[str, Any], repeat: str) -> None:
    assert LegacyCommand.model_validate(table).repeat == repeat


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({}, "either"),
        ({"call": "a:b", "procedure": "dbo.b"}, "either"),
        ({"call": "a.b"}, "pattern"),
        ({"procedure": "server.db.dbo.b"}, "pattern"),
        ({"procedure": "dbo.b; DROP TABLE x"}, "pattern"),
        ({"call": "a:b", "repeat": "transactional"}, "repeats by key"),
        ({"call": "a:b", "repeat": "conditional"}, "repeats by key"),
        ({"procedure": "dbo.b", "repeat": "never"}, "repeats by transactional"),
        ({**PROBE, "probe": None}, "needs probe"),
        ({**PROBE, "in_doubt": None}, "needs probe and in_doubt"),
        ({"call": "a:b", "repeat": "never", "in_doubt": 3.0}, "belongs to"),
        ({"call": "a:b", "retries": 3}, "Extra"),
    ],
)
def test_a_command_that_cannot_be_is_refused(table: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        LegacyCommand.model_validate(table)
