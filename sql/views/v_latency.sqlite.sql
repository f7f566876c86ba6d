-- How long events waited, ran, and took from acceptance to their end: percentiles by nearest rank.
-- Of the last 3,000 attempts. The same arithmetic on both databases, so the same numbers.
CREATE VIEW v_latency AS
WITH base AS (
    SELECT i.source, i.entity, a.number, a.kind, a.decision, a.opened_at,
           strftime('%s', i.accepted_at) * 1000000 + substr(i.accepted_at, 21, 6) AS accepted_us,
           strftime('%s', i.ended_at) * 1000000 + substr(i.ended_at, 21, 6) AS ended_us,
           strftime('%s', a.opened_at) * 1000000 + substr(a.opened_at, 21, 6) AS opened_us,
           strftime('%s', a.closed_at) * 1000000 + substr(a.closed_at, 21, 6) AS closed_us
    FROM (SELECT event_id, number, kind, opened_at, closed_at, decision
          FROM sync_attempt ORDER BY id DESC LIMIT 3000) a
    JOIN inbox i ON i.id = a.event_id),
times AS (
    SELECT source, entity, 'wait' AS measure, MAX(0, opened_us - accepted_us) / 1000.0 AS ms
    FROM base WHERE number = 1
    UNION ALL
    SELECT source, entity, 'run', MAX(0, closed_us - opened_us) / 1000.0
    FROM base WHERE kind = 'write' AND closed_us IS NOT NULL
    UNION ALL
    SELECT source, entity, 'end_to_end', MAX(0, ended_us - accepted_us) / 1000.0
    FROM base WHERE decision = 'applied' AND ended_us IS NOT NULL),
ranked AS (
    SELECT t.source, t.entity, t.measure, t.ms,
           ROW_NUMBER() OVER (PARTITION BY t.source, t.entity, t.measure ORDER BY t.ms) AS place,
           COUNT(*) OVER (PARTITION BY t.source, t.entity, t.measure) AS n
    FROM times t)
SELECT r.source, r.entity, r.measure, MAX(r.n) AS n,
       MAX(CASE WHEN r.place = (r.n * 50 + 99) / 100 THEN r.ms END) AS p50_ms,
       MAX(CASE WHEN r.place = (r.n * 95 + 99) / 100 THEN r.ms END) AS p95_ms,
       MAX(CASE WHEN r.place = (r.n * 99 + 99) / 100 THEN r.ms END) AS p99_ms,
       MAX(r.ms) AS max_ms, (SELECT MIN(opened_at) FROM base) AS window_from
FROM ranked r
WHERE r.place IN ((r.n * 50 + 99) / 100, (r.n * 95 + 99) / 100, (r.n * 99 + 99) / 100, r.n)
GROUP BY r.source, r.entity, r.measure
