-- An idle poll is a read: is there anything to do, and when will there be?
-- :rows now poll
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @target varchar(64) = CAST(JSON_VALUE(@doc, '$.target') AS varchar(64)),
        @due datetime2(6) = (SELECT MIN(due_at) FROM tidegate.sync_queue WHERE state IN (3, 4)),
        @alone datetime2(6) = (SELECT MIN(due_at) FROM tidegate.sync_queue
                               WHERE state IN (3, 4) AND state = 4 AND alone = 1);
SELECT @now AS now;
SELECT CASE WHEN EXISTS (SELECT 1 FROM tidegate.sync_queue WHERE state = 0 AND target = @target)
            THEN 1 ELSE 0 END AS ready,
       CAST(DATEDIFF_BIG(microsecond, @now, @due) AS float) / 1000000 AS due_in_s,
       CAST(DATEDIFF_BIG(microsecond, @now, @alone) AS float) / 1000000 AS alone_in_s,
       CASE WHEN EXISTS (SELECT 1 FROM tidegate.sync_queue q
                         JOIN tidegate.inbox i ON i.id = q.event_id
                         WHERE q.deadline_at IS NOT NULL AND q.deadline_at <= @now
                           AND q.state IN (0, 1, 3, 5) AND q.unknown_at IS NULL AND i.state = 'live')
            THEN 1 ELSE 0 END AS expired,
       CASE WHEN EXISTS (SELECT 1 FROM tidegate.operator_request WHERE state IN ('open', 'running'))
            THEN 1 ELSE 0 END AS requests;
