-- Commands whose deadline has passed before they could take effect, for the record of their end.
-- :rows expiring
SELECT q.id AS queue_id, q.event_id, i.uuid, i.source, i.entity, i.entity_text, i.trace
FROM sync_queue q CROSS JOIN inbox i ON i.id = q.event_id
WHERE q.deadline_at <= :now AND q.state IN (0, 1, 3, 5) AND q.unknown_at IS NULL
  AND i.state = 'live'
ORDER BY q.deadline_at, q.id LIMIT :n
