-- Depth and age of the queue, what is dead, who leads.
-- :rows now depth oldest letters outbox leaders
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT q.target, q.state, COALESCE(e.state, 'live') AS event_state, COUNT(*) AS n,
       MIN(q.id) AS oldest_id
FROM tidegate.sync_queue q LEFT JOIN tidegate.inbox e ON e.id = q.event_id AND q.state = 5
GROUP BY q.target, q.state, COALESCE(e.state, 'live');
SELECT CAST(DATEDIFF_BIG(microsecond, e.accepted_at, @now) AS float) / 1000000 AS age_s
FROM tidegate.inbox e WHERE e.id = (SELECT MIN(event_id) FROM tidegate.sync_queue WHERE state = 0);
SELECT COUNT(*) AS n FROM tidegate.dead_letter WHERE state = 'open';
SELECT (SELECT COUNT(*) FROM tidegate.outbox) AS undistributed,
       (SELECT COUNT(*) FROM tidegate.dispatch WHERE state IN (0, 1, 2, 3)) AS live,
       (SELECT COUNT(*) FROM tidegate.dispatch WHERE state = 5) AS dead;
SELECT name, epoch, beat, beat_at, holder, since, schema_no,
       CAST(DATEDIFF_BIG(microsecond, beat_at, @now) AS float) / 1000000 AS age_s
FROM tidegate.leader ORDER BY name;
