-- The next deliveries by number, from the one that the last look ended at.
-- :rows now deliveries
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @cursor varchar(64) = CAST(JSON_VALUE(@doc, '$.cursor') AS varchar(64)),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
DECLARE @from bigint = COALESCE((SELECT value FROM tidegate.counter WHERE name = @cursor), 0);
SELECT @now AS now;
SELECT TOP (@n) id, received_at, verdict FROM tidegate.delivery WHERE id > @from ORDER BY id;
