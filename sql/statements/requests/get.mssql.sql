-- How far a request has come, and since when nobody has led.
-- :rows now request leader
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT uuid, verb, state, matched, changed, skipped, failed, result, progress, filter, event_uuid, reason,
       actor, host, source, rate_per_s, ramp, stop_at_percent, at, started_at, ended_at
FROM tidegate.operator_request
WHERE uuid = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
SELECT holder, CAST(DATEDIFF_BIG(microsecond, beat_at, @now) AS float) / 1000000 AS age_s
FROM tidegate.leader WHERE name = 'sync';
