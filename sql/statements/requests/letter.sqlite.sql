-- What a request about one event finds: the event with its key and head, its queue row, its open
-- letter (`lost`: it was dead when commits were lost; `doubted`: a write of it ended unknown, and
-- neither a look at the far side nor a person has told since), its last attempt, whether an event of
-- its key is under way or one after it may have been done, and who closed its last letter.
-- :rows event
SELECT i.id, i.uuid, i.source, i.entity, i.entity_text, i.kind, i.operation, i.state, i.head_id,
       i.key_id, i.seq, i.trace, k.target, k.applied_seq AS key_applied, h.applied_seq AS head_applied,
       p.erased_at
FROM inbox i LEFT JOIN order_key k ON k.id = i.key_id LEFT JOIN entity_head h ON h.id = i.head_id
LEFT JOIN payload p ON p.event_id = i.id
WHERE i.uuid = :uuid
-- :rows row
SELECT q.id, q.state FROM inbox i JOIN sync_queue q ON q.event_id = i.id WHERE i.uuid = :uuid
-- :rows letter
SELECT d.id, d.reason, d.reason <> 'not_applied' AND (d.id <= COALESCE(
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
                               AND s.attempts >= w.number)) AS doubted
FROM inbox i JOIN dead_letter d ON d.event_id = i.id
WHERE i.uuid = :uuid AND d.state = 'open' ORDER BY d.id DESC LIMIT 1
-- :rows last
SELECT a.number, a.outcome FROM inbox i JOIN sync_attempt a ON a.event_id = i.id
WHERE i.uuid = :uuid ORDER BY a.number DESC LIMIT 1
-- :rows busy
SELECT q.state FROM inbox i JOIN sync_queue q ON q.key_id = i.key_id
WHERE i.uuid = :uuid AND (q.state = 2 OR (q.state IN (4, 5) AND q.state = 4))
UNION
SELECT 4 FROM inbox i JOIN sync_queue q ON q.key_id = i.key_id AND q.event_id <> i.id
JOIN dead_letter d ON d.event_id = q.event_id
WHERE i.uuid = :uuid AND q.state IN (4, 5) AND q.state = 5 AND d.state = 'open'
  AND d.reason IN ('unknown', 'quarantined')
UNION
SELECT 4 FROM inbox i JOIN dead_letter d ON d.key_id = i.key_id JOIN inbox o ON o.id = d.event_id
WHERE i.uuid = :uuid AND d.state = 'open' AND d.reason IN ('unknown', 'quarantined') AND o.seq > i.seq
-- :rows past
SELECT d.state, d.closed_at, d.closed_by FROM inbox i JOIN dead_letter d ON d.event_id = i.id
WHERE i.uuid = :uuid ORDER BY d.id DESC LIMIT 1
