-- The rest of an event's story: what arrived, what it waits for, what was changed and asked and
-- said, whom it was told. Of dispatches that were never tried the newest 10,000 are looked at.
-- :rows now deliveries waits letters notes requests changes dispatches unsent edits
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
SELECT @now AS now;
SELECT TOP (200) uuid, received_at, verdict, [rule], rule_version, reason, channel, stamp, message_id,
       remote, user_agent, seen, last_at
FROM tidegate.delivery WHERE event_uuid = @uuid ORDER BY id;
SELECT q.state, q.target, q.priority, q.due_at, q.tries, q.first_at, q.unknown_at, q.deadline_at,
       q.needs_until, CASE WHEN q.needs_hash IS NULL THEN 0 ELSE 1 END AS needs, q.alone, q.seq,
       k.text AS key_text, k.held, h.state AS ahead_state, a.uuid AS ahead_uuid,
       a.state AS ahead_event_state, a.entity AS ahead_entity, a.entity_text AS ahead_entity_text,
       (SELECT COUNT(*) FROM (SELECT TOP (1000) b.id FROM tidegate.sync_queue b
                              WHERE b.key_id = q.key_id AND b.seq < q.seq) b) AS ahead
FROM tidegate.inbox e JOIN tidegate.sync_queue q ON q.event_id = e.id
JOIN tidegate.order_key k ON k.id = q.key_id
LEFT JOIN tidegate.sync_queue h
    ON h.id = (SELECT TOP (1) l.id FROM tidegate.sync_queue l
               WHERE l.key_id = q.key_id AND l.seq < q.seq ORDER BY l.seq)
LEFT JOIN tidegate.inbox a ON a.id = h.event_id
WHERE e.uuid = @uuid;
SELECT d.born_at, d.reason, d.error_class, d.message, d.fingerprint, d.attempts, d.state, d.closed_at,
       d.closed_by
FROM tidegate.inbox e JOIN tidegate.dead_letter d ON d.event_id = e.id
WHERE e.uuid = @uuid ORDER BY d.id;
SELECT TOP (100) n.at, n.kind, n.text, n.actor, n.host, n.fingerprint, n.event_uuid
FROM tidegate.letter_note n
WHERE n.id IN (SELECT m.id FROM tidegate.letter_note m WHERE m.event_uuid = @uuid
               UNION SELECT g.id FROM tidegate.inbox e
                     JOIN tidegate.dead_letter d ON d.event_id = e.id
                     JOIN tidegate.letter_note g
                         ON g.fingerprint = d.fingerprint AND g.event_uuid IS NULL
                     WHERE e.uuid = @uuid)
ORDER BY n.id;
SELECT TOP (100) r.uuid, r.at, r.verb, r.reason, r.actor, r.host, r.source, r.state, r.matched,
       r.changed, r.skipped, r.result, r.ended_at
FROM tidegate.operator_request r
WHERE r.id IN (SELECT o.id FROM tidegate.operator_request o WHERE o.event_uuid = @uuid
               UNION SELECT d.request_id FROM tidegate.inbox e
                     JOIN tidegate.dead_letter d ON d.event_id = e.id
                     WHERE e.uuid = @uuid AND d.request_id IS NOT NULL)
ORDER BY r.id;
SELECT t.at, t.action, t.actor, t.host, t.old, t.new, t.fields, t.reason, t.attempt, t.trace_id,
       t.config_version
FROM tidegate.inbox e JOIN tidegate.audit_trail t ON t.event_id = e.id
WHERE e.uuid = @uuid ORDER BY t.id;
SELECT a.number, a.message_id, a.opened_at, a.closed_at, a.outcome, a.status, a.message, a.duration_ms,
       s.name AS subscription
FROM tidegate.dispatch_attempt a JOIN tidegate.subscription s ON s.id = a.subscription_id
WHERE a.event_uuid = @uuid ORDER BY a.id;
SELECT p.message_id, p.type, p.state, p.at, p.due_at, p.attempts, s.name AS subscription
FROM (SELECT TOP (10000) message_id, type, state, at, due_at, attempts, subscription_id, event_uuid
      FROM tidegate.dispatch ORDER BY id DESC) p
JOIN tidegate.subscription s ON s.id = p.subscription_id
WHERE p.event_uuid = @uuid;
SELECT e.edited_from, e.ended_by FROM tidegate.inbox e WHERE e.uuid = @uuid;
