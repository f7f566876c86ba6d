-- Keys that do not go on: held by an operator, by a dead letter, or by an event of unknown outcome.
-- The count of those behind stops at 1,000.
-- :rows now keys
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) k.text AS key_text, k.held, k.target, q.state AS row_state, i.state, i.uuid, i.entity,
       i.entity_text, d.reason, d.message, q.due_at,
       COALESCE(d.born_at, q.unknown_at, i.accepted_at) AS since, b.n AS behind
FROM (SELECT key_id FROM tidegate.sync_queue WHERE state IN (4, 5)
      UNION SELECT id FROM tidegate.order_key WHERE held = 1) x
JOIN tidegate.order_key k ON k.id = x.key_id
OUTER APPLY (SELECT TOP (1) l.* FROM tidegate.sync_queue l WHERE l.key_id = k.id ORDER BY l.seq) q
LEFT JOIN tidegate.inbox i ON i.id = q.event_id
LEFT JOIN tidegate.dead_letter d ON d.event_id = q.event_id AND d.state = 'open' AND i.state = 'dead'
OUTER APPLY (SELECT COUNT(*) AS n
             FROM (SELECT TOP (1000) l.id FROM tidegate.sync_queue l
                   WHERE l.key_id = k.id AND l.seq > COALESCE(q.seq, -1)) l) b
ORDER BY since;
