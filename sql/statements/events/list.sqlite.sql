-- The newest events, by state if one is asked for.
-- :rows events
SELECT e.uuid, e.source, e.entity, e.entity_text, e.operation, e.state, e.accepted_at, e.ended_at,
       q.state AS row_state, q.tries
FROM inbox e LEFT JOIN sync_queue q ON q.event_id = e.id
WHERE (:entity IS NULL OR e.entity = :entity) AND (:text IS NULL OR e.entity_text = :text)
  AND (:ended IS NULL OR e.state = :ended)
  AND (:row_state IS NULL OR (q.state = :row_state AND e.state = 'live'))
ORDER BY e.id DESC LIMIT :n
