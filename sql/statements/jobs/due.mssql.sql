-- Jobs whose next step is due, the one that waits for longest first.
-- :rows now jobs
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) id, uuid, verb, filter, reason, actor, host, source, rate_per_s, ramp, stop_at_percent, state,
       cursor_id, matched, changed, skipped, failed, result, progress
FROM tidegate.operator_request
WHERE state IN ('open', 'running') AND event_uuid IS NULL
  AND verb IN ('replay', 'skip', 'discard', 'resolve') AND (wake_at IS NULL OR wake_at <= @now)
ORDER BY COALESCE(wake_at, at), id;
