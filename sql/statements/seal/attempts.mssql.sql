-- Attempts in the order in which they were opened.
-- :rows now attempts
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @after bigint = CAST(JSON_VALUE(@doc, '$.after') AS bigint),
        @up_to bigint = CAST(JSON_VALUE(@doc, '$.up_to') AS bigint),
        @n bigint = CAST(JSON_VALUE(@doc, '$.n') AS bigint);
SELECT @now AS now;
SELECT TOP (@n) id, event_id, number
FROM tidegate.sync_attempt WHERE id > @after AND id <= @up_to ORDER BY id;
