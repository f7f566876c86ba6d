-- Alerts that somebody should be told of: new ones, those that ended, and grave ones once more.
-- :rows alerts
SELECT id, code, subject, severity, text, since, cleared_at
FROM alert
WHERE (sent_at IS NULL AND cleared_at IS NULL AND acknowledged_at IS NULL)
   OR (sent_at IS NOT NULL AND cleared_at > sent_at)
   OR (cleared_at IS NULL AND acknowledged_at IS NULL AND severity = 'critical'
       AND seconds_between(:now, sent_at) > :remind_s)
ORDER BY id LIMIT 100
