-- The chain from one link to another, a page at a time.
-- :rows now links
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @from_seq bigint = CAST(JSON_VALUE(@doc, '$.from_seq') AS bigint),
        @to_seq bigint = CAST(JSON_VALUE(@doc, '$.to_seq') AS bigint),
        @n bigint = CAST(JSON_VALUE(@doc, '$.n') AS bigint);
SELECT @now AS now;
SELECT TOP (@n) seq, epoch, kind, ids, rows_hash, hash, at
FROM tidegate.seal WHERE seq >= @from_seq AND seq <= @to_seq ORDER BY seq;
