-- Depth and age of the queue, what is dead, who leads.
-- :rows depth
SELECT q.target, q.state, COALESCE(e.state, 'live') AS event_state, COUNT(*) AS n, MIN(q.id) AS oldest_id
FROM sync_queue q LEFT JOIN inbox e ON e.id = q.event_id AND q.state = 5
GROUP BY q.target, q.state, COALESCE(e.state, 'live')
-- :rows oldest
SELECT seconds_between(:now, e.accepted_at) AS age_s
FROM inbox e WHERE e.id = (SELECT MIN(event_id) FROM sync_queue WHERE state = 0)
-- :rows letters
SELECT COUNT(*) AS n FROM dead_letter WHERE state = 'open'
-- :rows outbox
SELECT (SELECT COUNT(*) FROM outbox) AS undistributed,
       (SELECT COUNT(*) FROM dispatch WHERE state IN (0, 1, 2, 3)) AS live,
       (SELECT COUNT(*) FROM dispatch WHERE state = 5) AS dead
-- :rows leaders
SELECT name, epoch, beat, beat_at, holder, since, schema_no, seconds_between(:now, beat_at) AS age_s
FROM leader ORDER BY name
