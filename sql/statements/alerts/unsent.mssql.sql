-- Alerts that somebody should be told of: new ones, those that ended, and grave ones once more.
-- :rows now alerts
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @remind_s int = CAST(JSON_VALUE(@doc, '$.remind_s') AS int);
SELECT @now AS now;
SELECT TOP (100) id, code, subject, severity, text, since, cleared_at
FROM tidegate.alert
WHERE (sent_at IS NULL AND cleared_at IS NULL AND acknowledged_at IS NULL)
   OR (sent_at IS NOT NULL AND cleared_at > sent_at)
   OR (cleared_at IS NULL AND acknowledged_at IS NULL AND severity = 'critical'
       AND sent_at < DATEADD(second, -@remind_s, @now))
ORDER BY id;
