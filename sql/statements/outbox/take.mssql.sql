-- What waits to be distributed, oldest first.
-- :rows now outbox due
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int),
        @due datetime2(6) = (SELECT MIN(due_at) FROM tidegate.dispatch WHERE state = 3);
DECLARE @taken TABLE (id bigint PRIMARY KEY, event_uuid uniqueidentifier, type varchar(100),
                      subject nvarchar(400), key_hash binary(32), data nvarchar(max),
                      at datetime2(6), trace varchar(55));
INSERT INTO @taken
SELECT TOP (@n) id, event_uuid, type, subject, key_hash, data, at, trace
FROM tidegate.outbox ORDER BY id;
SELECT @now AS now;
SELECT id, event_uuid, type, subject, key_hash, data, at, trace FROM @taken ORDER BY id;
SELECT CAST(DATEDIFF_BIG(microsecond, @now, @due) AS float) / 1000000 AS due_in_s,
       CASE WHEN EXISTS (SELECT 1 FROM tidegate.dispatch WHERE state = 0) THEN 1 ELSE 0 END AS ready;
