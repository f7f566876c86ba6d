-- Alerts, those that last first.
-- :rows alerts
SELECT id, code, subject, severity, text, since, last_at, cleared_at, acknowledged_at, acknowledged_by,
       sent_at, sent_error
FROM alert WHERE cleared_at IS NULL OR :every = 1
ORDER BY CASE WHEN cleared_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT :n
