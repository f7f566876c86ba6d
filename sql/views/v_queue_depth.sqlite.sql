-- How many events wait, per adapter and state, and how many of them could be worked on now.
-- Of the queue's first 50,000 rows: a longer one is told by `capped`, not walked.
CREATE VIEW v_queue_depth AS
SELECT w.target, w.state, COUNT(*) AS count, SUM(w.eligible) AS eligible,
       CASE WHEN MAX(MAX(w.id)) OVER () < (SELECT MAX(id) FROM sync_queue) THEN 1 ELSE 0 END
           AS capped
FROM (
    SELECT q.id, q.target,
           CASE q.state WHEN 0 THEN 'pending' WHEN 1 THEN 'waiting' WHEN 2 THEN 'processing'
                        WHEN 3 THEN 'retrying' WHEN 4 THEN 'unknown'
                ELSE CASE WHEN EXISTS (SELECT 1 FROM inbox i
                                       WHERE i.id = q.event_id AND i.state = 'dead')
                          THEN 'dead' ELSE 'held' END
           END AS state,
           CASE WHEN (q.state = 0 OR (q.state IN (3, 4)
                                      AND q.due_at <= strftime('%Y-%m-%d %H:%M:%f', 'now')))
                     AND NOT EXISTS (SELECT 1 FROM sync_queue l
                                     WHERE l.key_id = q.key_id AND l.seq < q.seq)
                THEN 1 ELSE 0
           END AS eligible
    FROM (SELECT id, event_id, key_id, seq, target, state, due_at
          FROM sync_queue ORDER BY id LIMIT 50000) q
) w
GROUP BY w.target, w.state
