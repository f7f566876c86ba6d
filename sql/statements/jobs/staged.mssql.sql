-- The next letters that a job has and nobody has decided, with all that a decision needs.
-- :rows now letters
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @request bigint = CAST(JSON_VALUE(@doc, '$.request_id') AS bigint),
        @after bigint = CAST(JSON_VALUE(@doc, '$.after') AS bigint),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) d.id AS letter_id, d.reason AS letter_reason,
       CASE WHEN d.reason <> 'not_applied' AND (d.id <= COALESCE(
           (SELECT c.value FROM tidegate.counter c WHERE c.name = 'recover.letters'), 0)
         OR (i.id <= COALESCE((SELECT c.value FROM tidegate.counter c WHERE c.name = 'recover.events'), 0)
             AND NOT EXISTS (
               SELECT 1 FROM tidegate.sync_attempt l
               WHERE l.event_id = i.id AND l.kind = 'probe' AND l.outcome = 'not_applied'
                 AND l.[rule] = 'probe'
                 AND l.id > (SELECT c.value FROM tidegate.counter c WHERE c.name = 'recover.attempts'))
             AND NOT EXISTS (
               SELECT 1 FROM tidegate.dead_letter s
               WHERE s.event_id = i.id AND s.reason = 'not_applied'
                 AND s.id > (SELECT c.value FROM tidegate.counter c WHERE c.name = 'recover.letters'))))
         THEN 1 ELSE 0 END AS lost,
       CASE WHEN d.reason <> 'not_applied' AND EXISTS (
           SELECT 1 FROM tidegate.sync_attempt w
           WHERE w.event_id = i.id AND w.kind = 'write' AND w.outcome = 'unknown' AND NOT EXISTS (
               SELECT 1 FROM tidegate.sync_attempt l
               WHERE l.event_id = w.event_id AND l.number > w.number AND l.kind = 'probe'
                 AND l.outcome = 'not_applied' AND l.[rule] = 'probe')
             AND NOT EXISTS (SELECT 1 FROM tidegate.dead_letter s
                             WHERE s.event_id = w.event_id AND s.reason = 'not_applied'
                               AND s.attempts >= w.number)) THEN 1 ELSE 0 END AS doubted,
       p.erased_at, i.id, i.uuid, i.source, i.entity, i.entity_text,
       i.kind, i.operation, i.state, i.head_id, i.key_id, i.seq, i.trace, k.target,
       k.applied_seq AS key_applied, h.applied_seq AS head_applied, q.id AS queue_id,
       q.state AS row_state,
       (SELECT TOP (1) a.outcome FROM tidegate.sync_attempt a WHERE a.event_id = i.id
        ORDER BY a.number DESC) AS last_outcome,
       CASE WHEN EXISTS (SELECT 1 FROM tidegate.sync_queue r WHERE r.key_id = i.key_id AND r.state = 2)
            THEN 1 ELSE 0 END AS key_runs,
       CASE WHEN EXISTS (
           SELECT 1 FROM tidegate.sync_queue r
           WHERE r.key_id = i.key_id AND r.event_id <> i.id AND r.state IN (4, 5)
             AND (r.state = 4 OR EXISTS (
                 SELECT 1 FROM tidegate.dead_letter o
                 WHERE o.event_id = r.event_id AND o.state = 'open'
                   AND o.reason IN ('unknown', 'quarantined'))))
            OR EXISTS (
           SELECT 1 FROM tidegate.dead_letter o JOIN tidegate.inbox l ON l.id = o.event_id
           WHERE o.key_id = i.key_id AND o.state = 'open'
             AND o.reason IN ('unknown', 'quarantined') AND l.seq > i.seq)
            THEN 1 ELSE 0 END AS key_unknown
FROM tidegate.dead_letter d JOIN tidegate.inbox i ON i.id = d.event_id
LEFT JOIN tidegate.order_key k ON k.id = i.key_id
LEFT JOIN tidegate.entity_head h ON h.id = i.head_id
LEFT JOIN tidegate.sync_queue q ON q.event_id = i.id
LEFT JOIN tidegate.payload p ON p.event_id = i.id
WHERE d.request_id = @request AND d.state = 'open' AND d.id > @after
ORDER BY d.id;
