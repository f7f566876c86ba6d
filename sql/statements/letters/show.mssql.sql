-- The newest letter of an event, and what was asked of it.
-- :rows now letter requests
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
SELECT @now AS now;
SELECT TOP (1) d.event_uuid, d.state, d.born_at, d.reason, d.error_class, d.message, d.fingerprint,
       d.attempts, i.state AS event_state, i.source, i.entity, i.entity_text, i.operation,
       k.text AS key_text, CASE WHEN q.id IS NULL THEN 0 ELSE 1 END AS holds
FROM tidegate.inbox i JOIN tidegate.dead_letter d ON d.event_id = i.id
LEFT JOIN tidegate.order_key k ON k.id = i.key_id
LEFT JOIN tidegate.sync_queue q ON q.event_id = i.id
WHERE i.uuid = @uuid ORDER BY d.id DESC;
SELECT TOP (100) r.uuid, r.at, r.verb, r.reason, r.actor, r.source, r.state, r.matched, r.changed,
       r.skipped, r.result, r.ended_at
FROM tidegate.operator_request r WHERE r.event_uuid = @uuid ORDER BY r.id;
