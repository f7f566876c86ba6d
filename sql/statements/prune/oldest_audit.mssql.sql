-- The oldest changes on record.
-- :rows now changes
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @before datetime2(6) = CAST(JSON_VALUE(@doc, '$.before') AS datetime2(6));
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT w.id FROM (SELECT TOP (@n) id, at FROM tidegate.audit_trail ORDER BY id) w
WHERE w.at < @before ORDER BY w.id;
