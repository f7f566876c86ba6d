-- The newest events, by state if one is asked for.
-- :rows now events
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @entity varchar(65) = CAST(JSON_VALUE(@doc, '$.entity') AS varchar(65)),
        @text nvarchar(401) = JSON_VALUE(@doc, '$.text'),
        @ended varchar(13) = CAST(JSON_VALUE(@doc, '$.ended') AS varchar(13)),
        @row_state smallint = CAST(JSON_VALUE(@doc, '$.row_state') AS smallint),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) e.uuid, e.source, e.entity, e.entity_text, e.operation, e.state, e.accepted_at,
       e.ended_at, q.state AS row_state, q.tries
FROM tidegate.inbox e LEFT JOIN tidegate.sync_queue q ON q.event_id = e.id
WHERE (@entity IS NULL OR e.entity = @entity) AND (@text IS NULL OR e.entity_text = @text)
  AND (@ended IS NULL OR e.state = @ended)
  AND (@row_state IS NULL OR (q.state = @row_state AND e.state = 'live'))
ORDER BY e.id DESC
OPTION (RECOMPILE);
