-- Attempts from the newest back, a page at a time along the key; `past` ends the walk.
-- :rows attempts
SELECT a.id, CASE WHEN a.opened_at < after(:now, -:since_s) THEN 1 ELSE 0 END AS past, a.kind,
       a.target, a.sent_at, a.closed_at, a.outcome, a.rule, a.rule_version, a.status, a.error_class,
       a.message, b.answer
FROM sync_attempt a
LEFT JOIN attempt_body b
  ON b.event_id = a.event_id AND b.number = a.number AND a.outcome <> 'applied'
WHERE a.id < :before ORDER BY a.id DESC LIMIT :n
