-- The oldest unfinished wish to erase, to restore or to prune.
-- :rows now asked
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT TOP (1) id, uuid, verb, filter, reason, actor, host, source, cursor_id, matched, changed, skipped
FROM tidegate.operator_request
WHERE state IN ('open', 'running') AND verb IN ('erase', 'restore', 'prune') ORDER BY id;
