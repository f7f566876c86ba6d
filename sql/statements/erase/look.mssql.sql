-- Of the next so many events those of one entity, and how far that went.
-- :rows now events seen
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
SELECT w.id, w.uuid, w.state, w.entity_text, p.erased_at
FROM (SELECT TOP (@n) id, uuid, state, source, entity, entity_text FROM tidegate.inbox
      WHERE id > @cursor_id ORDER BY id) w
JOIN tidegate.payload p ON p.event_id = w.id
WHERE w.source = @source AND w.entity = @entity AND w.entity_text = @entity_id ORDER BY w.id;
SELECT COUNT(*) AS n, MAX(id) AS last
FROM (SELECT TOP (@n) id FROM tidegate.inbox WHERE id > @cursor_id ORDER BY id) w;
