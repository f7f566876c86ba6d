-- The newest jobs first.
-- :rows now jobs leader
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) uuid, at, verb, filter, reason, actor, host, source, rate_per_s, ramp, stop_at_percent,
       state, matched, changed, skipped, failed, result, progress, started_at, ended_at
FROM tidegate.operator_request
WHERE event_uuid IS NULL AND verb IN ('replay', 'skip', 'discard', 'resolve')
ORDER BY id DESC;
SELECT holder, CAST(DATEDIFF_BIG(microsecond, beat_at, @now) AS float) / 1000000 AS age_s
FROM tidegate.leader WHERE name = 'sync';
