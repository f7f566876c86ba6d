-- How far a request has come, and since when nobody has led.
-- :rows request
SELECT uuid, verb, state, matched, changed, skipped, failed, result, progress, filter, event_uuid, reason,
       actor, host, source, rate_per_s, ramp, stop_at_percent, at, started_at, ended_at
FROM operator_request WHERE uuid = :uuid
-- :rows leader
SELECT holder, seconds_between(:now, beat_at) AS age_s FROM leader WHERE name = 'sync'
