-- Who runs: processes that did not end, and were seen a short while ago.
-- :rows now processes
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @within_s int = CAST(JSON_VALUE(@doc, '$.within_s') AS int);
SELECT @now AS now;
SELECT uuid, role, host, pid, version, config_version, started_at, seen_at,
       CAST(DATEDIFF_BIG(microsecond, seen_at, @now) AS float) / 1000000 AS seen_age_s
FROM tidegate.process
WHERE ended_at IS NULL AND seen_at > DATEADD(second, -@within_s, @now) ORDER BY id;
