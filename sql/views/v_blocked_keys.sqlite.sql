-- Order keys that do not go on: held by an operator, by a dead letter, or by an event of unknown
-- outcome. Of 1,000 blocked rows and 1,000 held keys; those behind are counted up to 1,000.
CREATE VIEW v_blocked_keys AS
SELECT k.text AS order_key,
       CASE WHEN q.state = 4 THEN 'unknown' WHEN q.state = 5 AND i.state = 'dead' THEN 'dead_letter'
            WHEN k.held = 1 THEN 'operator' ELSE 'event_ahead' END AS blocked_by,
       k.held, k.target, i.uuid AS event,
       CASE WHEN i.state = 'dead' THEN 'dead'
            ELSE CASE q.state WHEN 0 THEN 'pending' WHEN 1 THEN 'waiting' WHEN 2 THEN 'processing'
                              WHEN 3 THEN 'retrying' WHEN 4 THEN 'unknown' WHEN 5 THEN 'held' END
       END AS state,
       i.entity, i.entity_text AS entity_id, d.reason, d.error_class,
       COALESCE(d.born_at, q.unknown_at, i.accepted_at) AS since, q.due_at,
       (SELECT COUNT(*) FROM (SELECT 1 FROM sync_queue b
                              WHERE b.key_id = k.id AND b.seq > COALESCE(q.seq, -1)
                              LIMIT 1000)) AS behind
FROM (SELECT key_id FROM (SELECT key_id FROM sync_queue WHERE state IN (4, 5) LIMIT 1000)
      UNION
      SELECT id FROM (SELECT id FROM order_key WHERE held = 1 LIMIT 1000)) x
JOIN order_key k ON k.id = x.key_id
LEFT JOIN sync_queue q ON q.id = (SELECT l.id FROM sync_queue l WHERE l.key_id = k.id
                                  ORDER BY l.seq LIMIT 1)
LEFT JOIN inbox i ON i.id = q.event_id
LEFT JOIN dead_letter d ON d.event_id = q.event_id AND d.state = 'open' AND i.state = 'dead'
