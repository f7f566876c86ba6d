-- How many waits, runs and whole ways took how long. Of the last 3,000 attempts.
CREATE VIEW v_latency_histogram AS
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
    FROM base WHERE decision = 'applied' AND ended_us IS NOT NULL)
SELECT t.measure,
       CASE WHEN t.ms <= 10 THEN 10 WHEN t.ms <= 20 THEN 20 WHEN t.ms <= 50 THEN 50
            WHEN t.ms <= 100 THEN 100 WHEN t.ms <= 200 THEN 200 WHEN t.ms <= 500 THEN 500
            WHEN t.ms <= 1000 THEN 1000 WHEN t.ms <= 2000 THEN 2000 WHEN t.ms <= 5000 THEN 5000
            WHEN t.ms <= 10000 THEN 10000 WHEN t.ms <= 30000 THEN 30000
            WHEN t.ms <= 60000 THEN 60000 WHEN t.ms <= 300000 THEN 300000
       END AS up_to_ms,
       COUNT(*) AS count
FROM times t GROUP BY 1, 2
