-- How long events waited, ran, and took from acceptance to their end: percentiles by nearest rank.
-- Of the last 3,000 attempts. The same arithmetic on both databases, so the same numbers.
CREATE VIEW tidegate.v_latency AS
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
    FROM spans s),
ranked AS (
    SELECT t.source, t.entity, t.measure, t.ms,
           ROW_NUMBER() OVER (PARTITION BY t.source, t.entity, t.measure ORDER BY t.ms) AS place,
           COUNT_BIG(*) OVER (PARTITION BY t.source, t.entity, t.measure) AS n
    FROM times t)
SELECT r.source, r.entity, r.measure, MAX(r.n) AS n,
       CAST(MAX(CASE WHEN r.place = (r.n * 50 + 99) / 100 THEN r.ms END) AS DECIMAL(18, 3))
           AS p50_ms,
       CAST(MAX(CASE WHEN r.place = (r.n * 95 + 99) / 100 THEN r.ms END) AS DECIMAL(18, 3))
           AS p95_ms,
       CAST(MAX(CASE WHEN r.place = (r.n * 99 + 99) / 100 THEN r.ms END) AS DECIMAL(18, 3))
           AS p99_ms,
       CAST(MAX(r.ms) AS DECIMAL(18, 3)) AS max_ms, MIN(w.window_from) AS window_from
FROM ranked r CROSS JOIN (SELECT MIN(opened_at) AS window_from FROM base) w
WHERE r.place IN ((r.n * 50 + 99) / 100, (r.n * 95 + 99) / 100, (r.n * 99 + 99) / 100, r.n)
GROUP BY r.source, r.entity, r.measure
