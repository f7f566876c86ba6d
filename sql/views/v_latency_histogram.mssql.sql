-- How many waits, runs and whole ways took how long. Of the last 3,000 attempts.
CREATE VIEW tidegate.v_latency_histogram AS
WITH base AS (
    SELECT i.source, i.entity, i.accepted_at, i.ended_at, a.number, a.kind, a.decision,
           a.opened_at, a.closed_at
    FROM (SELECT TOP (3000) event_id, number, kind, opened_at, closed_at, decision
          FROM tidegate.sync_attempt ORDER BY id DESC) a
    JOIN tidegate.inbox i ON i.id = a.event_id),
spans AS (
    SELECT source, entity, CAST('wait' AS VARCHAR(12)) AS measure, accepted_at AS began,
           opened_at AS ended
    FROM base WHERE number = 1
    UNION ALL
    SELECT source, entity, 'run', opened_at, closed_at
    FROM base WHERE kind = 'write' AND closed_at IS NOT NULL
    UNION ALL
    SELECT source, entity, 'end_to_end', accepted_at, ended_at
    FROM base WHERE decision = 'applied' AND ended_at IS NOT NULL),
times AS (
    SELECT s.source, s.entity, s.measure,
           CAST(CASE WHEN s.ended < s.began THEN 0
                     ELSE DATEDIFF_BIG(MICROSECOND, s.began, s.ended) END / 1000.0
                AS DECIMAL(18, 3)) AS ms
    FROM spans s)
SELECT b.measure, b.up_to_ms, COUNT_BIG(*) AS count
FROM (
    SELECT t.measure,
           CASE WHEN t.ms <= 10 THEN 10 WHEN t.ms <= 20 THEN 20 WHEN t.ms <= 50 THEN 50
                WHEN t.ms <= 100 THEN 100 WHEN t.ms <= 200 THEN 200 WHEN t.ms <= 500 THEN 500
                WHEN t.ms <= 1000 THEN 1000 WHEN t.ms <= 2000 THEN 2000 WHEN t.ms <= 5000 THEN 5000
                WHEN t.ms <= 10000 THEN 10000 WHEN t.ms <= 30000 THEN 30000
                WHEN t.ms <= 60000 THEN 60000 WHEN t.ms <= 300000 THEN 300000
           END AS up_to_ms
    FROM times t
) b
GROUP BY b.measure, b.up_to_ms
