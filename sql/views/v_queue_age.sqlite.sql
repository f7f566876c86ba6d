-- For how long the oldest event of each adapter has waited, and the oldest that could run now.
CREATE VIEW v_queue_age AS
SELECT w.target,
       ROUND(MAX(0, (julianday('now') - julianday(MIN(w.eligible_since))) * 86400.0), 3)
           AS oldest_eligible_age_s,
       ROUND(MAX(0, (julianday('now') - julianday(MIN(w.accepted_at))) * 86400.0), 3)
           AS oldest_age_s,
       COUNT(w.eligible_since) AS eligible
FROM (
    SELECT q.target, i.accepted_at,
           CASE WHEN (q.state = 0 OR (q.state IN (3, 4)
                                      AND q.due_at <= strftime('%Y-%m-%d %H:%M:%f', 'now')))
                     AND NOT EXISTS (SELECT 1 FROM sync_queue l
                                     WHERE l.key_id = q.key_id AND l.seq < q.seq)
                THEN COALESCE(q.due_at, i.accepted_at)
           END AS eligible_since
    FROM sync_queue q JOIN inbox i ON i.id = q.event_id
) w
GROUP BY w.target
