-- A job as it stands.
-- :rows job
SELECT id, uuid, verb, filter, reason, actor, host, source, rate_per_s, ramp, stop_at_percent, state,
       cursor_id, matched, changed, skipped, failed, result, progress
FROM operator_request
WHERE uuid = :uuid AND event_uuid IS NULL AND verb IN ('replay', 'skip', 'discard', 'resolve')
