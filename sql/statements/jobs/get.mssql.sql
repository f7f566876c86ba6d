-- A job as it stands.
-- :rows now job
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT id, uuid, verb, filter, reason, actor, host, source, rate_per_s, ramp, stop_at_percent, state,
       cursor_id, matched, changed, skipped, failed, result, progress
FROM tidegate.operator_request
WHERE uuid = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier) AND event_uuid IS NULL
  AND verb IN ('replay', 'skip', 'discard', 'resolve');
