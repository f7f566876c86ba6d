-- A delivery's event, for those who ask with a delivery's id.
-- :rows now delivery
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
SELECT @now AS now;
SELECT event_uuid, verdict, [rule], reason, received_at, source, entity
FROM tidegate.delivery WHERE uuid = @uuid;
