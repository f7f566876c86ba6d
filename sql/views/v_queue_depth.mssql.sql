-- How many events wait, per adapter and state, and how many of them could be worked on now.
CREATE VIEW tidegate.v_queue_depth AS
SELECT w.target, w.state, COUNT_BIG(*) AS count, SUM(w.eligible) AS eligible
FROM (
    SELECT q.target,
           CASE q.state WHEN 0 THEN 'pending' WHEN 1 THEN 'waiting' WHEN 2 THEN 'processing'
                        WHEN 3 THEN 'retrying' WHEN 4 THEN 'unknown'
                ELSE CASE WHEN EXISTS (SELECT 1 FROM tidegate.inbox i
                                       WHERE i.id = q.event_id AND i.state = 'dead')
                          THEN 'dead' ELSE 'held' END
           END AS state,
           CASE WHEN (q.state = 0 OR (q.state IN (3, 4) AND q.due_at <= SYSUTCDATETIME()))
                     AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                     WHERE l.key_id = q.key_id AND l.seq < q.seq)
                THEN CAST(1 AS BIGINT) ELSE 0
           END AS eligible
    FROM tidegate.sync_queue q
) w
GROUP BY w.target, w.state
