-- Open dead letters, the newest first.
-- :rows now letters
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @reason varchar(40) = CAST(JSON_VALUE(@doc, '$.reason') AS varchar(40)),
        @entity varchar(64) = CAST(JSON_VALUE(@doc, '$.entity') AS varchar(64)),
        @error_class varchar(100) = CAST(JSON_VALUE(@doc, '$.error_class') AS varchar(100)),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) d.event_uuid, d.born_at, d.reason, d.error_class, d.message, d.fingerprint, d.attempts,
       i.source, i.entity, i.entity_text, i.operation, k.text AS key_text,
       CASE WHEN q.id IS NULL THEN 0 ELSE 1 END AS holds
FROM tidegate.dead_letter d JOIN tidegate.inbox i ON i.id = d.event_id
LEFT JOIN tidegate.order_key k ON k.id = i.key_id
LEFT JOIN tidegate.sync_queue q ON q.event_id = d.event_id
WHERE d.state = 'open' AND (@reason IS NULL OR d.reason = @reason)
  AND (@entity IS NULL OR i.entity = @entity)
  AND (@error_class IS NULL OR d.error_class = @error_class)
ORDER BY d.born_at DESC, d.id DESC;
