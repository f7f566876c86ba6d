-- The links that say what was taken away by retention.
-- :rows now links
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @after bigint = CAST(JSON_VALUE(@doc, '$.after') AS bigint),
        @to_seq bigint = CAST(JSON_VALUE(@doc, '$.to_seq') AS bigint),
        @n bigint = CAST(JSON_VALUE(@doc, '$.n') AS bigint);
SELECT @now AS now;
SELECT TOP (@n) seq, ids
FROM tidegate.seal WHERE seq > @after AND seq <= @to_seq AND kind = 'prune' ORDER BY seq;
