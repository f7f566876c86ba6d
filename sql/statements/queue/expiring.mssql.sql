-- Commands whose deadline has passed before they could take effect, for the record of their end.
-- :rows now expiring
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) q.id AS queue_id, q.event_id, i.uuid, i.source, i.entity, i.entity_text, i.trace
FROM tidegate.sync_queue q JOIN tidegate.inbox i ON i.id = q.event_id
WHERE q.deadline_at IS NOT NULL AND q.deadline_at <= @now AND q.state IN (0, 1, 3, 5)
  AND q.unknown_at IS NULL AND i.state = 'live'
ORDER BY q.deadline_at, q.id;
