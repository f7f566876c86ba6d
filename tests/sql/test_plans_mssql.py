"""The batches seek on SQL Server, by its own estimated plans; no column of ours is converted.

Asked of a server that gives plans as XML: SQL Server does, the TDS test server does not. Nothing of
it has run where it was written but the reading of plans, on plans that were made up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import Engine

from sql import odbc, standin
from sql.named import batch
from tests.sql.showplan import converted, scanned
from tests.sql.test_plans import GROWS, NAMES, OF_ONE_STATE, WALKS

MANY = {"rows": 1_000_000, "pages": 50_000}
PLANNED = [name for name in NAMES if "CREATE TABLE #" not in batch(name)[0]]
MADE_UP = """
<ShowPlanXML xmlns="http://schemas.microsoft.com/sqlserver/2004/07/showplan">
 <RelOp PhysicalOp="Nested Loops"><NestedLoops>
  <RelOp PhysicalOp="Top"><Top><RelOp PhysicalOp="Clustered Index Scan"><IndexScan>
   <Object Table="[outbox]" Index="[pk]"/></IndexScan></RelOp></Top></RelOp>
  <RelOp PhysicalOp="Top"><Top><RelOp PhysicalOp="Clustered Index Scan"><IndexScan>
   <Object Table="[seal]" Index="[pk]"/><Predicate/></IndexScan></RelOp></Top></RelOp>
  <RelOp PhysicalOp="Index Scan"><IndexScan>
   <Object Table="[sync_queue]" Index="[sync_queue_due]"/></IndexScan></RelOp>
  <RelOp PhysicalOp="Clustered Index Scan"><IndexScan>
   <Object Table="[inbox]" Index="[pk]"/></IndexScan></RelOp>
  <RelOp PhysicalOp="Clustered Index Scan"><IndexScan>
   <Object Table="[leader]" Index="[pk]"/></IndexScan></RelOp>
  <RelOp PhysicalOp="Clustered Index Seek"><IndexScan>
   <Object Table="[inbox]" Index="[inbox_by_uuid]"/></IndexScan></RelOp>
  <ScalarOperator ScalarString="CONVERT_IMPLICIT(nvarchar(64),
   [db].[tidegate].[inbox].[source] as [i].[source],0)=[@x]"/>
  <ScalarOperator ScalarString="CONVERT_IMPLICIT(int,[Expr1004],0)"/>
 </NestedLoops></RelOp>
</ShowPlanXML>"""


def test_a_scan_without_a_bound_is_found_in_a_plan() -> None:
    assert scanned(MADE_UP, GROWS, OF_ONE_STATE) == ["inbox", "seal"]


def test_a_converted_column_is_found_in_a_plan() -> None:
    assert converted(MADE_UP) == ["inbox.source"]


@pytest.fixture(scope="module")
def planner(mssql_dsn: str, engine: Engine) -> Iterator[Any]:
    """A session that plans what it is sent, for tables that look large."""
    with closing(odbc.connect(mssql_dsn)) as session:
        if session.execute(standin.ASK).fetchval() is not None:
            pytest.skip("Babelfish has no SHOWPLAN_XML: plans are SQL Server's alone")
        for table in GROWS:
            session.execute(
                f"UPDATE STATISTICS tidegate.{table} "
                f"WITH ROWCOUNT = {MANY['rows']}, PAGECOUNT = {MANY['pages']}"
            ).close()
        session.execute("SET SHOWPLAN_XML ON").close()
        yield session


def plan(session: Any, name: str) -> str:
    """The estimated plan of a whole batch, its parameters made variables."""
    given = batch(name)[0].replace("@doc nvarchar(max) = @P1", "@doc nvarchar(max) = N'{}'")
    text = given.replace("@blob varbinary(max) = @P2", "@blob varbinary(max) = 0x")
    return str(session.execute(text).fetchval())


@pytest.mark.mssql
@pytest.mark.parametrize("name", PLANNED)
def test_no_batch_walks_a_table_or_converts_a_column(planner: Any, name: str) -> None:
    found, (allowed, _) = plan(planner, name), WALKS.get(name, (set(), ""))
    assert set(scanned(found, GROWS, OF_ONE_STATE)) <= allowed
    assert converted(found) == []
