-- Somebody was told, or could not be.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
UPDATE a SET sent_at = @now, sent_error = s.error
FROM tidegate.alert a
JOIN OPENJSON(@doc, '$.sent') WITH (id bigint, error nvarchar(401)) s ON s.id = a.id;
SELECT @now AS now;
