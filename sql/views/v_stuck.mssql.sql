-- What has been open for more than 60 seconds: attempts, sendings, requests. Of 1,000 of each.
CREATE VIEW tidegate.v_stuck AS
SELECT CAST('attempt' AS VARCHAR(12)) AS what, i.uuid AS event,
       CAST(CONCAT(a.kind, ' to ', a.target) AS NVARCHAR(100)) AS detail, a.number AS attempt,
       a.opened_at AS since,
       CAST(DATEDIFF_BIG(MILLISECOND, a.opened_at, SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS age_s,
       a.epoch, CASE WHEN a.epoch = l.epoch THEN 1 ELSE 0 END AS of_leader
FROM (SELECT TOP (1000) event_id, number, kind, target, epoch, opened_at
      FROM tidegate.sync_attempt WHERE closed_at IS NULL) a
JOIN tidegate.inbox i ON i.id = a.event_id
LEFT JOIN tidegate.leader l ON l.name = 'sync'
WHERE a.opened_at < DATEADD(SECOND, -60, SYSUTCDATETIME())
UNION ALL
SELECT 'sending', a.event_uuid, CAST(s.name AS NVARCHAR(100)), a.number, a.opened_at,
       CAST(DATEDIFF_BIG(MILLISECOND, a.opened_at, SYSUTCDATETIME()) / 1000.0 AS DECIMAL(18, 3)),
       a.epoch, CASE WHEN a.epoch = l.epoch THEN 1 ELSE 0 END
FROM (SELECT TOP (1000) event_uuid, subscription_id, number, epoch, opened_at
      FROM tidegate.dispatch_attempt WHERE closed_at IS NULL) a
JOIN tidegate.subscription s ON s.id = a.subscription_id
LEFT JOIN tidegate.leader l ON l.name = 'relay'
WHERE a.opened_at < DATEADD(SECOND, -60, SYSUTCDATETIME())
UNION ALL
SELECT 'request', r.event_uuid, CAST(CONCAT(r.verb, ', ', r.state) AS NVARCHAR(100)), NULL, r.at,
       CAST(DATEDIFF_BIG(MILLISECOND, r.at, SYSUTCDATETIME()) / 1000.0 AS DECIMAL(18, 3)), NULL,
       NULL
FROM (SELECT TOP (1000) event_uuid, verb, state, at FROM tidegate.operator_request
      WHERE state IN ('open', 'running')) r
WHERE r.at < DATEADD(SECOND, -60, SYSUTCDATETIME())
