-- The rest of an event's story: what arrived, what it waits for, what was changed and asked and
-- said, whom it was told. Of dispatches that were never tried the newest 10,000 are looked at.
-- :rows deliveries
SELECT uuid, received_at, verdict, rule, rule_version, reason, channel, stamp, message_id, remote,
       user_agent, seen, last_at
FROM delivery WHERE event_uuid = :uuid ORDER BY id LIMIT 200
-- :rows waits
SELECT q.state, q.target, q.priority, q.due_at, q.tries, q.first_at, q.unknown_at, q.deadline_at,
       q.needs_until, CASE WHEN q.needs_hash IS NULL THEN 0 ELSE 1 END AS needs, q.alone, q.seq,
       k.text AS key_text, k.held, h.state AS ahead_state, a.uuid AS ahead_uuid,
       a.state AS ahead_event_state, a.entity AS ahead_entity, a.entity_text AS ahead_entity_text,
       (SELECT COUNT(*) FROM (SELECT 1 FROM sync_queue b WHERE b.key_id = q.key_id AND b.seq < q.seq
                              LIMIT 1000)) AS ahead
FROM inbox e JOIN sync_queue q ON q.event_id = e.id JOIN order_key k ON k.id = q.key_id
LEFT JOIN sync_queue h ON h.id = (SELECT l.id FROM sync_queue l
                                  WHERE l.key_id = q.key_id AND l.seq < q.seq ORDER BY l.seq LIMIT 1)
LEFT JOIN inbox a ON a.id = h.event_id
WHERE e.uuid = :uuid
-- :rows letters
SELECT d.born_at, d.reason, d.error_class, d.message, d.fingerprint, d.attempts, d.state, d.closed_at,
       d.closed_by
FROM inbox e JOIN dead_letter d ON d.event_id = e.id WHERE e.uuid = :uuid ORDER BY d.id
-- :rows notes
SELECT n.at, n.kind, n.text, n.actor, n.host, n.fingerprint, n.event_uuid
FROM letter_note n
WHERE n.id IN (SELECT m.id FROM letter_note m WHERE m.event_uuid = :uuid
               UNION SELECT g.id FROM inbox e JOIN dead_letter d ON d.event_id = e.id
                     JOIN letter_note g ON g.fingerprint = d.fingerprint AND g.event_uuid IS NULL
                     WHERE e.uuid = :uuid)
ORDER BY n.id LIMIT 100
-- :rows requests
SELECT r.uuid, r.at, r.verb, r.reason, r.actor, r.host, r.source, r.state, r.matched, r.changed,
       r.skipped, r.result, r.ended_at
FROM operator_request r
WHERE r.id IN (SELECT o.id FROM operator_request o WHERE o.event_uuid = :uuid
               UNION SELECT d.request_id FROM inbox e JOIN dead_letter d ON d.event_id = e.id
                     WHERE e.uuid = :uuid AND d.request_id IS NOT NULL)
ORDER BY r.id LIMIT 100
-- :rows changes
SELECT t.at, t.action, t.actor, t.host, t.old, t.new, t.fields, t.reason, t.attempt, t.trace_id,
       t.config_version
FROM inbox e JOIN audit_trail t ON t.event_id = e.id WHERE e.uuid = :uuid ORDER BY t.id
-- :rows dispatches
SELECT a.number, a.message_id, a.opened_at, a.closed_at, a.outcome, a.status, a.message, a.duration_ms,
       s.name AS subscription
FROM dispatch_attempt a JOIN subscription s ON s.id = a.subscription_id
WHERE a.event_uuid = :uuid ORDER BY a.id
-- :rows unsent
SELECT p.message_id, p.type, p.state, p.at, p.due_at, p.attempts, s.name AS subscription
FROM (SELECT message_id, type, state, at, due_at, attempts, subscription_id, event_uuid
      FROM dispatch ORDER BY id DESC LIMIT 10000) p
JOIN subscription s ON s.id = p.subscription_id
WHERE p.event_uuid = :uuid
-- :rows edits
SELECT e.edited_from, e.ended_by FROM inbox e WHERE e.uuid = :uuid
