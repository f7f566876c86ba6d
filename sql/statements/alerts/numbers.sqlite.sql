-- What alerts and metrics are made of: from indexes and small tables, since the leader stands still
-- meanwhile. The oldest that could run is looked for among the first of each target and priority.
-- :rows oldest
WITH RECURSIVE first (id) AS (
    SELECT (SELECT id FROM sync_queue WHERE state = 0 AND target >= ''
            ORDER BY target, priority, id LIMIT 1)
    UNION ALL
    SELECT (SELECT n.id FROM sync_queue n
            WHERE n.state = 0 AND (n.target, n.priority) > (q.target, q.priority)
            ORDER BY n.target, n.priority, n.id LIMIT 1)
    FROM first f CROSS JOIN sync_queue q ON q.id = f.id)
SELECT seconds_between(:now, e.accepted_at) AS age_s FROM inbox e
WHERE e.id = (SELECT MIN(q.event_id) FROM first f CROSS JOIN sync_queue q ON q.id = f.id)
-- :rows leaders
SELECT name, holder, seconds_between(:now, beat_at) AS age_s FROM leader ORDER BY name
-- :rows letters
SELECT error_class, COUNT(*) AS n
FROM dead_letter WHERE state = 'open' GROUP BY error_class ORDER BY error_class
-- :rows unknown
SELECT COUNT(*) AS n, seconds_between(:now, MIN(unknown_at)) AS age_s
FROM sync_queue WHERE state IN (3, 4) AND state = 4
-- :rows pauses
SELECT target, entity, kind, reason, actor, seconds_between(:now, since) AS age_s
FROM pause WHERE until_at IS NULL OR until_at > :now ORDER BY id
-- :rows outbox
SELECT seconds_between(:now, at) AS age_s FROM outbox ORDER BY id LIMIT 1
-- :rows disabled
SELECT name, reason FROM subscription WHERE enabled = 0 ORDER BY name
-- :rows processes
SELECT role, host, version, config_version FROM process
WHERE ended_at IS NULL AND seconds_between(:now, seen_at) < 30 ORDER BY id
-- :rows totals
SELECT (SELECT COALESCE(MAX(id), 0) FROM inbox) AS events,
       (SELECT COALESCE(MAX(id), 0) FROM delivery) AS deliveries,
       (SELECT COALESCE(MAX(id), 0) FROM sync_attempt) AS attempts,
       (SELECT COALESCE(MAX(id), 0) FROM dead_letter) AS letters
-- :rows alerts
SELECT id, code, subject, severity, text, since, last_at, acknowledged_at,
       seconds_between(:now, last_at) AS unseen_s
FROM alert WHERE cleared_at IS NULL ORDER BY id
