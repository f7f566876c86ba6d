-- What has been open for more than 60 seconds: attempts, sendings, requests. Of 1,000 of each.
CREATE VIEW v_stuck AS
SELECT 'attempt' AS what, i.uuid AS event, a.kind || ' to ' || a.target AS detail,
       a.number AS attempt, a.opened_at AS since,
       ROUND((julianday('now') - julianday(a.opened_at)) * 86400.0, 3) AS age_s, a.epoch,
       CASE WHEN a.epoch = l.epoch THEN 1 ELSE 0 END AS of_leader
FROM (SELECT event_id, number, kind, target, epoch, opened_at FROM sync_attempt
      WHERE closed_at IS NULL LIMIT 1000) a
JOIN inbox i ON i.id = a.event_id
LEFT JOIN leader l ON l.name = 'sync'
WHERE a.opened_at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-60 seconds')
UNION ALL
SELECT 'sending', a.event_uuid, s.name, a.number, a.opened_at,
       ROUND((julianday('now') - julianday(a.opened_at)) * 86400.0, 3), a.epoch,
       CASE WHEN a.epoch = l.epoch THEN 1 ELSE 0 END
FROM (SELECT event_uuid, subscription_id, number, epoch, opened_at FROM dispatch_attempt
      WHERE closed_at IS NULL LIMIT 1000) a
JOIN subscription s ON s.id = a.subscription_id
LEFT JOIN leader l ON l.name = 'relay'
WHERE a.opened_at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-60 seconds')
UNION ALL
SELECT 'request', r.event_uuid, r.verb || ', ' || r.state, NULL, r.at,
       ROUND((julianday('now') - julianday(r.at)) * 86400.0, 3), NULL, NULL
FROM (SELECT event_uuid, verb, state, at FROM operator_request
      WHERE state IN ('open', 'running') LIMIT 1000) r
WHERE r.at < strftime('%Y-%m-%d %H:%M:%f', 'now', '-60 seconds')
