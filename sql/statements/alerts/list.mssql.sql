-- Alerts, those that last first.
-- :rows now alerts
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @every int = CAST(JSON_VALUE(@doc, '$.every') AS int),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) id, code, subject, severity, text, since, last_at, cleared_at, acknowledged_at,
       acknowledged_by, sent_at, sent_error
FROM tidegate.alert WHERE cleared_at IS NULL OR @every = 1
ORDER BY CASE WHEN cleared_at IS NULL THEN 0 ELSE 1 END, id DESC;
