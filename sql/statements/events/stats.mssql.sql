-- Depth and age of the queue, what is dead, who leads.
-- :rows now depth oldest letters outbox leaders
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT target, state, COUNT(*) AS n, MIN(id) AS oldest_id FROM tidegate.sync_queue GROUP BY target, state;
SELECT DATEDIFF_BIG(microsecond, e.accepted_at, @now) / 1000000.0 AS age_s
FROM tidegate.inbox e WHERE e.id = (SELECT MIN(event_id) FROM tidegate.sync_queue WHERE state = 0);
SELECT COUNT(*) AS n FROM tidegate.dead_letter WHERE state = 'open';
SELECT (SELECT COUNT(*) FROM tidegate.outbox) AS undistributed,
       (SELECT COUNT(*) FROM tidegate.dispatch WHERE state IN (0, 1, 2, 3)) AS live,
       (SELECT COUNT(*) FROM tidegate.dispatch WHERE state = 5) AS dead;
SELECT name, epoch, beat, beat_at, holder, since, schema_no,
       DATEDIFF_BIG(microsecond, beat_at, @now) / 1000000.0 AS age_s
FROM tidegate.leader ORDER BY name;
