-- Keys that do not go on: held by an operator, by a dead letter, or by an event of unknown outcome.
-- The count of those behind stops at 1,000.
-- :rows keys
SELECT k.text AS key_text, k.held, k.target, q.state AS row_state, i.state, i.uuid, i.entity,
       i.entity_text, d.reason, d.message, q.due_at,
       COALESCE(d.born_at, q.unknown_at, i.accepted_at) AS since,
       (SELECT COUNT(*) FROM (SELECT 1 FROM sync_queue b
                              WHERE b.key_id = k.id AND b.seq > COALESCE(q.seq, -1) LIMIT 1000)) AS behind
FROM (SELECT key_id FROM sync_queue WHERE state IN (4, 5)
      UNION SELECT id FROM order_key WHERE held = 1) x
JOIN order_key k ON k.id = x.key_id
LEFT JOIN sync_queue q ON q.id = (SELECT l.id FROM sync_queue l WHERE l.key_id = k.id
                                  ORDER BY l.seq LIMIT 1)
LEFT JOIN inbox i ON i.id = q.event_id
LEFT JOIN dead_letter d ON d.event_id = q.event_id AND d.state = 'open' AND i.state = 'dead'
ORDER BY since LIMIT :n
