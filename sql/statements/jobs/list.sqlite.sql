-- The newest jobs first.
-- :rows jobs
SELECT uuid, at, verb, filter, reason, actor, host, source, rate_per_s, ramp, stop_at_percent,
       state, matched, changed, skipped, failed, result, progress, started_at, ended_at
FROM operator_request
WHERE event_uuid IS NULL AND verb IN ('replay', 'skip', 'discard', 'resolve')
ORDER BY id DESC LIMIT :n
-- :rows leader
SELECT holder, seconds_between(:now, beat_at) AS age_s FROM leader WHERE name = 'sync'
