-- How many events wait, per adapter and state, and how many of them could be worked on now.
-- Of the queue's first 50,000 rows: a longer one is told by `capped`, not walked.
CREATE VIEW tidegate.v_queue_depth AS
SELECT w.target, w.state, COUNT_BIG(*) AS count, CAST(SUM(w.eligible) AS BIGINT) AS eligible,
       CASE WHEN MAX(MAX(w.id)) OVER () < (SELECT MAX(id) FROM tidegate.sync_queue)
            THEN 1 ELSE 0 END AS capped
FROM (
    SELECT q.id, q.target,
           CAST(CASE q.state WHEN 0 THEN 'pending' WHEN 1 THEN 'waiting' WHEN 2 THEN 'processing'
                             WHEN 3 THEN 'retrying' WHEN 4 THEN 'unknown'
                     ELSE CASE WHEN i.state = 'dead' THEN 'dead' ELSE 'held' END
                END AS VARCHAR(12)) AS state,
           CASE WHEN (q.state = 0 OR (q.state IN (3, 4) AND q.due_at <= SYSUTCDATETIME()))
                     AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                     WHERE l.key_id = q.key_id AND l.seq < q.seq)
                THEN 1 ELSE 0
           END AS eligible
    FROM (SELECT TOP (50000) id, event_id, key_id, seq, target, state, due_at
          FROM tidegate.sync_queue ORDER BY id) q
    LEFT JOIN tidegate.inbox i ON i.id = q.event_id AND q.state = 5
) w
GROUP BY w.target, w.state
