-- The order keys with one of these hashes, or that an event has.
-- :rows now keys
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
DECLARE @hashes TABLE (hash binary(32));
INSERT INTO @hashes
SELECT CAST(SUBSTRING(@blob, CAST(value AS bigint) + 1, 32) AS binary(32))
FROM OPENJSON(@doc, '$.hashes');
SELECT @now AS now;
SELECT TOP (10) id, text, held
FROM (SELECT k.id, k.text, k.held FROM @hashes n JOIN tidegate.order_key k ON k.hash = n.hash
      UNION SELECT k.id, k.text, k.held
      FROM tidegate.inbox i JOIN tidegate.order_key k ON k.id = i.key_id WHERE i.uuid = @uuid) f
ORDER BY id;
