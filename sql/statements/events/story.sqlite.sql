-- The rest of an event's story: what arrived, what was changed, whom it was told.
-- :rows deliveries
SELECT uuid, received_at, verdict, rule, reason, stamp, message_id, remote, seen, last_at
FROM delivery WHERE event_uuid = :uuid ORDER BY id LIMIT 200
-- :rows letters
SELECT d.born_at, d.reason, d.error_class, d.message, d.attempts, d.state
FROM inbox e JOIN dead_letter d ON d.event_id = e.id WHERE e.uuid = :uuid ORDER BY d.id
-- :rows changes
SELECT t.at, t.action, t.actor, t.old, t.new, t.reason, t.attempt
FROM inbox e JOIN audit_trail t ON t.event_id = e.id WHERE e.uuid = :uuid ORDER BY t.id
-- :rows dispatches
SELECT a.number, a.message_id, a.opened_at, a.closed_at, a.outcome, a.status, a.message,
       s.name AS subscription
FROM dispatch_attempt a JOIN subscription s ON s.id = a.subscription_id
WHERE a.event_uuid = :uuid ORDER BY a.id
