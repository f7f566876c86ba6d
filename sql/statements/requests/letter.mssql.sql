-- What a request about one event finds: the event with its key and head, its queue row, its open
-- letter (`lost`: it was dead when commits were lost; `doubted`: a write of it ended unknown, and
-- neither a look at the far side nor a person has told since), its last attempt, whether an event of
-- its key is under way or one after it may have been done, and who closed its last letter.
-- :rows now event row letter last busy past
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
DECLARE @id bigint, @key_id bigint, @seq bigint;
SELECT @id = id, @key_id = key_id, @seq = seq FROM tidegate.inbox WHERE uuid = @uuid;
SELECT @now AS now;
SELECT i.id, i.uuid, i.source, i.entity, i.entity_text, i.kind, i.operation, i.state, i.head_id,
       i.key_id, i.seq, i.trace, k.target, k.applied_seq AS key_applied, h.applied_seq AS head_applied,
       p.erased_at
FROM tidegate.inbox i
LEFT JOIN tidegate.order_key k ON k.id = i.key_id
LEFT JOIN tidegate.entity_head h ON h.id = i.head_id
LEFT JOIN tidegate.payload p ON p.event_id = i.id
WHERE i.id = @id;
SELECT id, state FROM tidegate.sync_queue WHERE event_id = @id;
SELECT TOP (1) id, reason, CASE WHEN reason <> 'not_applied' AND (id <= COALESCE(
           (SELECT c.value FROM tidegate.counter c WHERE c.name = 'recover.letters'), 0)
         OR (@id <= COALESCE((SELECT c.value FROM tidegate.counter c WHERE c.name = 'recover.events'), 0)
             AND NOT EXISTS (
               SELECT 1 FROM tidegate.sync_attempt l
               WHERE l.event_id = @id AND l.kind = 'probe' AND l.outcome = 'not_applied'
                 AND l.[rule] = 'probe'
                 AND l.id > (SELECT c.value FROM tidegate.counter c WHERE c.name = 'recover.attempts'))
             AND NOT EXISTS (
               SELECT 1 FROM tidegate.dead_letter s
               WHERE s.event_id = @id AND s.reason = 'not_applied'
                 AND s.id > (SELECT c.value FROM tidegate.counter c WHERE c.name = 'recover.letters'))))
         THEN 1 ELSE 0 END AS lost,
       CASE WHEN reason <> 'not_applied' AND EXISTS (
           SELECT 1 FROM tidegate.sync_attempt w
           WHERE w.event_id = @id AND w.kind = 'write' AND w.outcome = 'unknown' AND NOT EXISTS (
               SELECT 1 FROM tidegate.sync_attempt l
               WHERE l.event_id = @id AND l.number > w.number AND l.kind = 'probe'
                 AND l.outcome = 'not_applied' AND l.[rule] = 'probe')
             AND NOT EXISTS (SELECT 1 FROM tidegate.dead_letter s
                             WHERE s.event_id = @id AND s.reason = 'not_applied'
                               AND s.attempts >= w.number)) THEN 1 ELSE 0 END AS doubted
FROM tidegate.dead_letter
WHERE event_id = @id AND state = 'open' ORDER BY id DESC;
SELECT TOP (1) number, outcome FROM tidegate.sync_attempt WHERE event_id = @id ORDER BY number DESC;
SELECT state FROM tidegate.sync_queue
WHERE key_id = @key_id AND (state = 2 OR (state IN (4, 5) AND state = 4))
UNION
SELECT CAST(4 AS smallint) FROM tidegate.sync_queue q
JOIN tidegate.dead_letter d ON d.event_id = q.event_id
WHERE q.key_id = @key_id AND q.event_id <> @id AND q.state IN (4, 5) AND q.state = 5
  AND d.state = 'open' AND d.reason IN ('unknown', 'quarantined')
UNION
SELECT CAST(4 AS smallint) FROM tidegate.dead_letter d JOIN tidegate.inbox o ON o.id = d.event_id
WHERE d.key_id = @key_id AND d.state = 'open' AND d.reason IN ('unknown', 'quarantined')
  AND o.seq > @seq;
SELECT TOP (1) state, closed_at, closed_by FROM tidegate.dead_letter
WHERE event_id = @id ORDER BY id DESC;
