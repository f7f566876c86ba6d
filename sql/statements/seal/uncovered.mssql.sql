-- Changes that no attempt made, from the last that is sealed on, and some before it: on a server a
-- lower number may be committed after a higher one.
-- :rows now ids
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @after bigint = CAST(JSON_VALUE(@doc, '$.after') AS bigint),
        @look_back bigint = CAST(JSON_VALUE(@doc, '$.look_back') AS bigint),
        @n bigint = CAST(JSON_VALUE(@doc, '$.n') AS bigint);
SELECT @now AS now;
SELECT id FROM (SELECT TOP (@look_back) id FROM tidegate.audit_trail
                WHERE attempt IS NULL AND id <= @after ORDER BY id DESC) b
UNION ALL
SELECT id FROM (SELECT TOP (@n) id FROM tidegate.audit_trail
                WHERE attempt IS NULL AND id > @after ORDER BY id) f
ORDER BY 1;
