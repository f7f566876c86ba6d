-- For how long the oldest event of each adapter has waited, and the oldest that could run now.
-- Of the queue's first 50,000 rows. Events are numbered as they are accepted, so the lowest
-- number is the oldest and only that one is looked up.
CREATE VIEW tidegate.v_queue_age AS
SELECT w.target,
       CAST(DATEDIFF_BIG(MILLISECOND,
                         CASE WHEN e.accepted_at IS NULL OR w.due_at < e.accepted_at THEN w.due_at
                              ELSE e.accepted_at END, SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS oldest_eligible_age_s,
       CAST(DATEDIFF_BIG(MILLISECOND, f.accepted_at, SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS oldest_age_s,
       w.eligible
FROM (
    SELECT q.target, MIN(q.event_id) AS first_event, CAST(SUM(q.eligible) AS BIGINT) AS eligible,
           MIN(CASE WHEN q.eligible = 1 AND q.due_at IS NULL THEN q.event_id END)
               AS eligible_event,
           MIN(CASE WHEN q.eligible = 1 THEN q.due_at END) AS due_at
    FROM (
        SELECT r.target, r.event_id, r.due_at,
               CASE WHEN (r.state = 0 OR (r.state IN (3, 4) AND r.due_at <= SYSUTCDATETIME()))
                         AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                         WHERE l.key_id = r.key_id AND l.seq < r.seq)
                    THEN 1 ELSE 0
               END AS eligible
        FROM (SELECT TOP (50000) event_id, key_id, seq, target, state, due_at
              FROM tidegate.sync_queue ORDER BY id) r
    ) q
    GROUP BY q.target
) w
LEFT JOIN tidegate.inbox f ON f.id = w.first_event
LEFT JOIN tidegate.inbox e ON e.id = w.eligible_event
