-- The newest letter of an event, and what was asked of it.
-- :rows letter
SELECT d.event_uuid, d.state, d.born_at, d.reason, d.error_class, d.message, d.fingerprint, d.attempts,
       i.state AS event_state, i.source, i.entity, i.entity_text, i.operation, k.text AS key_text,
       CASE WHEN q.id IS NULL THEN 0 ELSE 1 END AS holds
FROM inbox i JOIN dead_letter d ON d.event_id = i.id
LEFT JOIN order_key k ON k.id = i.key_id LEFT JOIN sync_queue q ON q.event_id = i.id
WHERE i.uuid = :uuid ORDER BY d.id DESC LIMIT 1
-- :rows requests
SELECT r.uuid, r.at, r.verb, r.reason, r.actor, r.source, r.state, r.matched, r.changed, r.skipped,
       r.result, r.ended_at
FROM operator_request r WHERE r.event_uuid = :uuid ORDER BY r.id LIMIT 100
