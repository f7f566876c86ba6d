-- Who runs: processes that did not end, and were seen a short while ago.
-- :rows processes
SELECT uuid, role, host, pid, version, config_version, started_at, seen_at,
       seconds_between(:now, seen_at) AS seen_age_s
FROM process WHERE ended_at IS NULL AND seen_at > after(:now, -:within_s) ORDER BY id
