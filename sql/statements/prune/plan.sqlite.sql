-- What of each kind is older than it is kept, and since when. A null instant keeps all.
-- :rows plan
SELECT 'events' AS kind, COUNT(*) AS n, MIN(ended_at) AS oldest FROM inbox
WHERE state IN ('applied', 'superseded', 'refused', 'expired', 'discarded') AND ended_at < :events
UNION ALL
SELECT 'bodies', COUNT(*), MIN(i.ended_at) FROM inbox i JOIN payload p ON p.event_id = i.id
WHERE i.state IN ('applied', 'superseded', 'refused', 'expired', 'discarded')
  AND i.ended_at < :bodies AND p.erased_at IS NULL
UNION ALL
SELECT 'audit', COUNT(*), MIN(at) FROM audit_trail WHERE at < :audit
UNION ALL
SELECT 'deliveries', COUNT(*), MIN(received_at) FROM delivery
WHERE received_at < :deliveries AND verdict <> 'new'
UNION ALL
SELECT 'dispatches', COUNT(*), MIN(closed_at) FROM dispatch_attempt WHERE closed_at < :dispatches
UNION ALL
SELECT 'requests', COUNT(*), MIN(ended_at) FROM operator_request WHERE ended_at < :requests
UNION ALL
SELECT 'access', COUNT(*), MIN(at) FROM access_log WHERE at < :access
UNION ALL
SELECT 'alerts', COUNT(*), MIN(cleared_at) FROM alert WHERE cleared_at < :alerts
UNION ALL
SELECT 'processes', COUNT(*), MIN(seen_at) FROM process WHERE seen_at < :processes
-- :rows counters
SELECT name, value FROM counter WHERE name LIKE 'pruned.%' ORDER BY name
