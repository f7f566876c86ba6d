-- The chain from a link on, a page at a time.
-- :rows now links
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @from_seq bigint = CAST(JSON_VALUE(@doc, '$.from_seq') AS bigint),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) seq, epoch, kind, ids, rows_hash, hash
FROM tidegate.seal WHERE seq >= @from_seq ORDER BY seq;
