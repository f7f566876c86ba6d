-- An order key as it stands.
-- :rows now key
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @id bigint = CAST(JSON_VALUE(@doc, '$.id') AS bigint);
SELECT @now AS now;
SELECT id, text, held FROM tidegate.order_key WHERE id = @id;
