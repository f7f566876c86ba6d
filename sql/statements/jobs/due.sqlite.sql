-- Jobs whose next step is due, the one that waits for longest first. The plus keeps to the index of
-- what is unfinished: that of all jobs grows.
-- :rows jobs
SELECT id, uuid, verb, filter, reason, actor, host, source, rate_per_s, ramp, stop_at_percent, state,
       cursor_id, matched, changed, skipped, failed, result, progress
FROM operator_request
WHERE state IN ('open', 'running') AND +event_uuid IS NULL
  AND verb IN ('replay', 'skip', 'discard', 'resolve') AND (wake_at IS NULL OR wake_at <= :now)
ORDER BY COALESCE(wake_at, at), id LIMIT :n
