-- The oldest requests that nobody has carried out; jobs are not among them, nor what retention does.
-- :rows now requests
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) id, uuid, verb, filter, event_uuid, reason, actor, host, source
FROM tidegate.operator_request
WHERE state IN ('open', 'running') AND verb NOT IN ('erase', 'restore', 'prune')
  AND (event_uuid IS NOT NULL OR verb NOT IN ('replay', 'skip', 'discard', 'resolve'))
ORDER BY id;
