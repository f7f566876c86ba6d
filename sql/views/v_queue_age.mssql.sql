-- For how long the oldest event of each adapter has waited, and the oldest that could run now.
CREATE VIEW tidegate.v_queue_age AS
SELECT w.target,
       CAST(DATEDIFF_BIG(MILLISECOND, MIN(w.eligible_since), SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS oldest_eligible_age_s,
       CAST(DATEDIFF_BIG(MILLISECOND, MIN(w.accepted_at), SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS oldest_age_s,
       COUNT_BIG(w.eligible_since) AS eligible
FROM (
    SELECT q.target, i.accepted_at,
           CASE WHEN (q.state = 0 OR (q.state IN (3, 4) AND q.due_at <= SYSUTCDATETIME()))
                     AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                     WHERE l.key_id = q.key_id AND l.seq < q.seq)
                THEN COALESCE(q.due_at, i.accepted_at)
           END AS eligible_since
    FROM tidegate.sync_queue q JOIN tidegate.inbox i ON i.id = q.event_id
) w
GROUP BY w.target
