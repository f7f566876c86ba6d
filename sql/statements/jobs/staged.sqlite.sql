-- The next letters that a job has and nobody has decided, with all that a decision needs.
-- :rows letters
SELECT d.id AS letter_id, d.reason AS letter_reason,
       d.reason <> 'not_applied' AND (d.id <= COALESCE(
           (SELECT c.value FROM counter c WHERE c.name = 'recover.letters'), 0)
         OR (i.id <= COALESCE((SELECT c.value FROM counter c WHERE c.name = 'recover.events'), 0)
             AND NOT EXISTS (
               SELECT 1 FROM sync_attempt l
               WHERE l.event_id = i.id AND l.kind = 'probe' AND l.outcome = 'not_applied'
                 AND l.rule = 'probe'
                 AND l.id > (SELECT c.value FROM counter c WHERE c.name = 'recover.attempts'))
             AND NOT EXISTS (
               SELECT 1 FROM dead_letter s
               WHERE s.event_id = i.id AND s.reason = 'not_applied'
                 AND s.id > (SELECT c.value FROM counter c WHERE c.name = 'recover.letters')))) AS lost,
       d.reason <> 'not_applied' AND EXISTS (
           SELECT 1 FROM sync_attempt w
           WHERE w.event_id = i.id AND w.kind = 'write' AND w.outcome = 'unknown' AND NOT EXISTS (
               SELECT 1 FROM sync_attempt l
               WHERE l.event_id = w.event_id AND l.number > w.number AND l.kind = 'probe'
                 AND l.outcome = 'not_applied' AND l.rule = 'probe')
             AND NOT EXISTS (SELECT 1 FROM dead_letter s
                             WHERE s.event_id = w.event_id AND s.reason = 'not_applied'
                               AND s.attempts >= w.number)) AS doubted,
       p.erased_at, i.id, i.uuid, i.source, i.entity, i.entity_text,
       i.kind, i.operation, i.state, i.head_id, i.key_id, i.seq, i.trace, k.target,
       k.applied_seq AS key_applied, h.applied_seq AS head_applied, q.id AS queue_id,
       q.state AS row_state,
       (SELECT a.outcome FROM sync_attempt a WHERE a.event_id = i.id
        ORDER BY a.number DESC LIMIT 1) AS last_outcome,
       EXISTS (SELECT 1 FROM sync_queue r WHERE r.key_id = i.key_id AND r.state = 2) AS key_runs,
       EXISTS (SELECT 1 FROM sync_queue r WHERE r.key_id = i.key_id AND r.event_id <> i.id
               AND r.state IN (4, 5)
               AND (r.state = 4 OR EXISTS (
                   SELECT 1 FROM dead_letter o WHERE o.event_id = r.event_id AND o.state = 'open'
                   AND o.reason IN ('unknown', 'quarantined'))))
       OR EXISTS (SELECT 1 FROM dead_letter o JOIN inbox l ON l.id = o.event_id
                  WHERE o.key_id = i.key_id AND o.state = 'open'
                    AND o.reason IN ('unknown', 'quarantined') AND l.seq > i.seq) AS key_unknown
FROM dead_letter d JOIN inbox i ON i.id = d.event_id
LEFT JOIN order_key k ON k.id = i.key_id
LEFT JOIN entity_head h ON h.id = i.head_id
LEFT JOIN sync_queue q ON q.event_id = i.id
LEFT JOIN payload p ON p.event_id = i.id
WHERE d.request_id = :request_id AND d.state = 'open' AND d.id > :after
ORDER BY d.id LIMIT :n
