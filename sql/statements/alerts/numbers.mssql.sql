-- What alerts and metrics are made of: from indexes and small tables, since the leader stands still
-- meanwhile. The oldest that could run is looked for among the first of each target and priority.
-- :rows now oldest leaders letters unknown pauses outbox disabled processes totals alerts
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT CAST(DATEDIFF_BIG(microsecond, e.accepted_at, @now) AS float) / 1000000 AS age_s
FROM tidegate.inbox e WHERE e.id = (
    SELECT MIN(f.event_id)
    FROM (SELECT DISTINCT target, priority FROM tidegate.sync_queue WHERE state = 0) p
    CROSS APPLY (SELECT TOP (1) q.event_id FROM tidegate.sync_queue q
                 WHERE q.state = 0 AND q.target = p.target AND q.priority = p.priority
                 ORDER BY q.id) f);
SELECT name, holder, CAST(DATEDIFF_BIG(microsecond, beat_at, @now) AS float) / 1000000 AS age_s
FROM tidegate.leader ORDER BY name;
SELECT error_class, COUNT(*) AS n
FROM tidegate.dead_letter WHERE state = 'open' GROUP BY error_class ORDER BY error_class;
SELECT COUNT(*) AS n, CAST(DATEDIFF_BIG(microsecond, MIN(unknown_at), @now) AS float) / 1000000 AS age_s
FROM tidegate.sync_queue WHERE state IN (3, 4) AND state = 4;
SELECT target, entity, kind, reason, actor,
       CAST(DATEDIFF_BIG(microsecond, since, @now) AS float) / 1000000 AS age_s
FROM tidegate.pause WHERE until_at IS NULL OR until_at > @now ORDER BY id;
SELECT TOP (1) CAST(DATEDIFF_BIG(microsecond, at, @now) AS float) / 1000000 AS age_s FROM tidegate.outbox ORDER BY id;
SELECT name, reason FROM tidegate.subscription WHERE enabled = 0 ORDER BY name;
SELECT role, host, version, config_version FROM tidegate.process
WHERE ended_at IS NULL AND seen_at > DATEADD(second, -30, @now) ORDER BY id;
SELECT (SELECT COALESCE(MAX(id), 0) FROM tidegate.inbox) AS events,
       (SELECT COALESCE(MAX(id), 0) FROM tidegate.delivery) AS deliveries,
       (SELECT COALESCE(MAX(id), 0) FROM tidegate.sync_attempt) AS attempts,
       (SELECT COALESCE(MAX(id), 0) FROM tidegate.dead_letter) AS letters;
SELECT id, code, subject, severity, text, since, last_at, acknowledged_at,
       CAST(DATEDIFF_BIG(microsecond, last_at, @now) AS float) / 1000000 AS unseen_s
FROM tidegate.alert WHERE cleared_at IS NULL ORDER BY id;
