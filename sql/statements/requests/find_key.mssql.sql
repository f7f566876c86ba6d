-- The order keys that go by a text, or that an event has; several may share a text.
-- :rows now keys
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @text nvarchar(400) = CAST(JSON_VALUE(@doc, '$.text') AS nvarchar(400));
DECLARE @uuid uniqueidentifier = TRY_CAST(@text AS uniqueidentifier);
SELECT @now AS now;
SELECT TOP (10) id, text, held
FROM (SELECT id, text, held FROM tidegate.order_key WHERE text = @text
      UNION SELECT k.id, k.text, k.held
      FROM tidegate.inbox i JOIN tidegate.order_key k ON k.id = i.key_id WHERE i.uuid = @uuid) f
ORDER BY id;
