-- Open dead letters, the newest first.
-- :rows letters
SELECT d.event_uuid, d.born_at, d.reason, d.error_class, d.message, d.fingerprint, d.attempts,
       i.source, i.entity, i.entity_text, i.operation, k.text AS key_text,
       CASE WHEN q.id IS NULL THEN 0 ELSE 1 END AS holds
FROM dead_letter d JOIN inbox i ON i.id = d.event_id
LEFT JOIN order_key k ON k.id = i.key_id LEFT JOIN sync_queue q ON q.event_id = d.event_id
WHERE d.state = 'open' AND (:reason IS NULL OR d.reason = :reason)
  AND (:entity IS NULL OR i.entity = :entity)
  AND (:error_class IS NULL OR d.error_class = :error_class)
ORDER BY d.born_at DESC, d.id DESC LIMIT :n
