-- The newest letter of an event with the job that has it, what was asked of it, its attempts, what
-- people said of it or of its group, who else has its cause, and what it keeps waiting.
-- :rows now letter requests attempts notes group behind
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
SELECT @now AS now;
SELECT TOP (1) d.event_uuid, d.state, d.born_at, d.reason, d.error_class, d.message, d.fingerprint,
       d.attempts, d.closed_at, d.closed_by, j.uuid AS job, i.state AS event_state, i.kind, i.source,
       i.entity, i.entity_text, i.operation, i.verdict, i.accepted_at, i.seq, i.key_id, i.ended_by,
       i.edited_from, k.text AS key_text, COALESCE(q.target, k.target) AS target,
       CASE WHEN q.id IS NULL THEN 0 ELSE 1 END AS holds
FROM tidegate.inbox i JOIN tidegate.dead_letter d ON d.event_id = i.id
LEFT JOIN tidegate.order_key k ON k.id = i.key_id
LEFT JOIN tidegate.sync_queue q ON q.event_id = i.id
LEFT JOIN tidegate.operator_request j ON j.id = d.request_id
WHERE i.uuid = @uuid ORDER BY d.id DESC;
SELECT TOP (100) r.uuid, r.at, r.verb, r.reason, r.actor, r.host, r.source, r.state, r.matched,
       r.changed, r.skipped, r.result, r.ended_at
FROM tidegate.operator_request r
WHERE r.id IN (SELECT o.id FROM tidegate.operator_request o WHERE o.event_uuid = @uuid
               UNION SELECT d.request_id FROM tidegate.inbox i
                     JOIN tidegate.dead_letter d ON d.event_id = i.id
                     WHERE i.uuid = @uuid AND d.request_id IS NOT NULL)
ORDER BY r.id;
SELECT a.number, a.kind, a.target, a.epoch, a.alone, a.opened_at, a.sent_at, a.closed_at, a.outcome,
       a.decision, a.[rule], a.rule_version, a.status, a.error_class, a.message, a.duration_ms
FROM tidegate.inbox i JOIN tidegate.sync_attempt a ON a.event_id = i.id
WHERE i.uuid = @uuid ORDER BY a.number;
SELECT TOP (100) n.at, n.kind, n.text, n.actor, n.host, n.fingerprint, n.event_uuid
FROM tidegate.letter_note n
WHERE n.id IN (SELECT m.id FROM tidegate.letter_note m WHERE m.event_uuid = @uuid
               UNION SELECT g.id FROM tidegate.inbox i
                     JOIN tidegate.dead_letter d ON d.event_id = i.id
                     JOIN tidegate.letter_note g
                         ON g.fingerprint = d.fingerprint AND g.event_uuid IS NULL
                     WHERE i.uuid = @uuid)
ORDER BY n.id DESC;
SELECT COUNT(*) AS n
FROM (SELECT TOP (10001) o.id FROM tidegate.dead_letter o
      WHERE o.state = 'open'
        AND o.fingerprint IN (SELECT d.fingerprint FROM tidegate.inbox i
                              JOIN tidegate.dead_letter d ON d.event_id = i.id
                              WHERE i.uuid = @uuid)) g;
SELECT TOP (1001) e.uuid AS event_uuid, e.entity, e.entity_text, e.operation, e.accepted_at
FROM tidegate.inbox i JOIN tidegate.sync_queue q ON q.event_id = i.id
JOIN tidegate.sync_queue b ON b.key_id = q.key_id AND b.seq > q.seq
JOIN tidegate.inbox e ON e.id = b.event_id
WHERE i.uuid = @uuid AND i.state = 'dead' ORDER BY b.seq;
