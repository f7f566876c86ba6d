-- Of the next so many changes on record those of one entity whose event has left the database.
-- :rows now changes seen
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @cursor_id bigint = CAST(JSON_VALUE(@doc, '$.cursor_id') AS bigint),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
DECLARE @source varchar(64) = CAST(JSON_VALUE(@doc, '$.source') AS varchar(64)),
        @entity varchar(64) = CAST(JSON_VALUE(@doc, '$.entity') AS varchar(64)),
        @entity_id nvarchar(400) = CAST(JSON_VALUE(@doc, '$.entity_id') AS nvarchar(400));
SELECT @now AS now;
SELECT w.id, w.event_id, w.entity_text
FROM (SELECT TOP (@n) id, event_id, action, source, entity, entity_text FROM tidegate.audit_trail
      WHERE id > @cursor_id ORDER BY id) w
WHERE w.source = @source AND w.entity = @entity AND w.entity_text = @entity_id AND w.action <> 'erased'
  AND w.event_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM tidegate.inbox i WHERE i.id = w.event_id)
ORDER BY w.id;
SELECT COUNT(*) AS n, MAX(id) AS last
FROM (SELECT TOP (@n) id FROM tidegate.audit_trail WHERE id > @cursor_id ORDER BY id) w;
