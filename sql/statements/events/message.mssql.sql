-- Which events a message id leads to: the sender's, or one of ours to a subscriber. No index serves
-- this, so the newest 200,000 of each are looked at.
-- :rows now found
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @text nvarchar(401) = JSON_VALUE(@doc, '$.text');
SELECT @now AS now;
SELECT TOP (20) f.event_uuid, MAX(f.at) AS at
FROM (SELECT d.event_uuid, d.received_at AS at
      FROM (SELECT TOP (200000) event_uuid, received_at, message_id
            FROM tidegate.delivery ORDER BY id DESC) d
      WHERE d.message_id = @text AND d.event_uuid IS NOT NULL
      UNION ALL
      SELECT a.event_uuid, a.opened_at
      FROM (SELECT TOP (200000) event_uuid, opened_at, message_id
            FROM tidegate.dispatch_attempt ORDER BY id DESC) a
      WHERE a.message_id = @text) f
GROUP BY f.event_uuid ORDER BY at DESC;
