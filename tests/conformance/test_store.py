"""The store contract, on a SQLite file and, with TEST_MSSQL_DSN, on SQL Server or its stand-in."""

from __future__ import annotations

import pytest

from tests.conformance.commands_contract import CommandsContract
from tests.conformance.conftest import Build, Lent
from tests.conformance.leaders_contract import LeadersContract
from tests.conformance.letters_contract import LettersContract
from tests.conformance.store_contract import StoreContract
from tests.conformance.supersede_contract import SupersedeContract
from tests.conformance.unanswered_contract import UnansweredContract
from tests.processor.bench import House


@pytest.fixture
def house(build: Build) -> House:
    return build()


@pytest.mark.mssql
def test_the_contract_runs_on_sql_server_too(server: Lent) -> None:
    assert server.read("events/ping", {})


class TestStore(StoreContract, CommandsContract, SupersedeContract, LeadersContract):
    """Every database that we know."""


class TestLetters(LettersContract, UnansweredContract):
    """The same, of what people do with dead letters."""
