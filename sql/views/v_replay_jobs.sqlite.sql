-- Replays of many letters: how far each is. Of the last 2,000 requests about many.
CREATE VIEW v_replay_jobs AS
SELECT r.uuid AS request, r.at, r.actor, r.host, r.reason, r.filter, r.state, r.rate_per_s, r.ramp,
       r.stop_at_percent, r.matched, r.changed, r.skipped, r.failed, r.started_at, r.wake_at,
       r.ended_at
FROM (SELECT * FROM operator_request WHERE event_uuid IS NULL ORDER BY id DESC LIMIT 2000) r
WHERE r.verb = 'replay'
