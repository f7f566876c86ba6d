-- Order keys that do not go on: held by an operator, by a dead letter, or by an event of unknown
-- outcome. Of 1,000 blocked rows and 1,000 held keys; those behind are counted up to 1,000.
CREATE VIEW tidegate.v_blocked_keys AS
SELECT k.text AS order_key,
       CAST(CASE WHEN q.state = 4 THEN 'unknown'
                 WHEN q.state = 5 AND i.state = 'dead' THEN 'dead_letter'
                 WHEN k.held = 1 THEN 'operator' ELSE 'event_ahead' END AS VARCHAR(12))
           AS blocked_by,
       CAST(k.held AS INT) AS held, k.target, i.uuid AS event,
       CAST(CASE WHEN i.state = 'dead' THEN 'dead'
                 ELSE CASE q.state WHEN 0 THEN 'pending' WHEN 1 THEN 'waiting'
                                   WHEN 2 THEN 'processing' WHEN 3 THEN 'retrying'
                                   WHEN 4 THEN 'unknown' WHEN 5 THEN 'held' END
            END AS VARCHAR(12)) AS state,
       i.entity, i.entity_text AS entity_id, d.reason, d.error_class,
       COALESCE(d.born_at, q.unknown_at, i.accepted_at) AS since, q.due_at,
       CAST(b.n AS BIGINT) AS behind
FROM (SELECT key_id FROM (SELECT TOP (1000) key_id FROM tidegate.sync_queue
                          WHERE state IN (4, 5)) s
      UNION
      SELECT id FROM (SELECT TOP (1000) id FROM tidegate.order_key WHERE held = 1) h) x
JOIN tidegate.order_key k ON k.id = x.key_id
OUTER APPLY (SELECT TOP (1) l.* FROM tidegate.sync_queue l
             WHERE l.key_id = k.id ORDER BY l.seq) q
LEFT JOIN tidegate.inbox i ON i.id = q.event_id
LEFT JOIN tidegate.dead_letter d
       ON d.event_id = q.event_id AND d.state = 'open' AND i.state = 'dead'
OUTER APPLY (SELECT COUNT(*) AS n
             FROM (SELECT TOP (1000) l.id FROM tidegate.sync_queue l
                   WHERE l.key_id = k.id AND l.seq > COALESCE(q.seq, -1)) c) b
