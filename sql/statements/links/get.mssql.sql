-- The far record of one source's record, and whether anything is linked at all.
-- :rows now link any
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @hash binary(32) = CAST(
    SUBSTRING(@blob, CAST(JSON_VALUE(@doc, '$.hash') AS bigint) + 1, 32) AS binary(32));
SELECT @now AS now;
SELECT record_type, record_id, record_key FROM tidegate.entity_link WHERE hash = @hash;
SELECT CASE WHEN EXISTS (SELECT 1 FROM tidegate.entity_link) THEN 1 ELSE 0 END AS n;
