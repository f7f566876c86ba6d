-- When keys were last used, to the minute.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @minute datetime2(6) = CAST(CONVERT(varchar(16), @now, 120) + ':00' AS datetime2(6));
DECLARE @used TABLE (uuid uniqueidentifier PRIMARY KEY);
INSERT INTO @used SELECT DISTINCT uuid FROM OPENJSON(@doc, '$.used') WITH (uuid uniqueidentifier);
UPDATE tidegate.api_key SET last_used_at = @minute WHERE uuid IN (SELECT uuid FROM @used);
SELECT @now AS now;
