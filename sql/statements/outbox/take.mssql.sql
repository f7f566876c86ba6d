-- What waits to be distributed, oldest first.
-- :rows now outbox due
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) id, event_uuid, type, subject, key_hash, data, at, trace FROM tidegate.outbox
ORDER BY id;
SELECT DATEDIFF_BIG(microsecond, @now, (SELECT MIN(due_at) FROM tidegate.dispatch WHERE state = 3))
       / 1000000.0 AS due_in_s,
       CASE WHEN EXISTS (SELECT 1 FROM tidegate.dispatch WHERE state = 0) THEN 1 ELSE 0 END AS ready;
