-- How long ago a write of another event of the key was sent that nobody answered: the newest of
-- those that are younger than :within_s.
-- :rows unanswered
SELECT seconds_between(:now, a.sent_at) AS age_s
FROM sync_attempt a CROSS JOIN inbox i ON i.id = a.event_id
WHERE a.outcome = 'unknown' AND a.kind = 'write' AND a.sent_at > after(:now, -:within_s)
  AND i.key_id = :key_id AND i.id <> :event_id
ORDER BY a.sent_at DESC LIMIT 1
