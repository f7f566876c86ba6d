-- The newest events, by state if one is asked for.
-- :rows now events
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int), @entity varchar(64) = JSON_VALUE(@doc, '$.entity'),
        @text nvarchar(400) = JSON_VALUE(@doc, '$.text'), @ended varchar(12) = JSON_VALUE(@doc, '$.ended'),
        @row_state int = CAST(JSON_VALUE(@doc, '$.row_state') AS int);
SELECT @now AS now;
SELECT TOP (@n) e.uuid, e.source, e.entity, e.entity_text, e.operation, e.state, e.accepted_at,
       e.ended_at, q.state AS row_state, q.tries
FROM tidegate.inbox e LEFT JOIN tidegate.sync_queue q ON q.event_id = e.id
WHERE (@entity IS NULL OR e.entity = @entity) AND (@text IS NULL OR e.entity_text = @text)
  AND (@ended IS NULL OR e.state = @ended)
  AND (@row_state IS NULL OR (q.state = @row_state AND e.state = 'live'))
ORDER BY e.id DESC;
