-- What came in and what became of it, minute by minute for an hour.
-- Of the last 20,000 events, attempts and dead letters; a minute that they do not cover says so.
CREATE VIEW tidegate.v_flow AS
WITH tens (n) AS (SELECT n FROM (VALUES (0), (10), (20), (30), (40), (50)) v (n)),
ones (n) AS (SELECT n FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) v (n)),
minutes AS (
    SELECT DATEADD(MINUTE, DATEDIFF(MINUTE, CAST('2020-01-01' AS DATETIME2(6)), SYSUTCDATETIME())
                           - tens.n - ones.n, CAST('2020-01-01' AS DATETIME2(6))) AS minute
    FROM tens CROSS JOIN ones),
events AS (SELECT TOP (20000) accepted_at AS at FROM tidegate.inbox ORDER BY id DESC),
attempts AS (
    SELECT TOP (20000) kind, opened_at, closed_at AS at, outcome, decision
    FROM tidegate.sync_attempt ORDER BY id DESC),
letters AS (SELECT TOP (20000) born_at AS at FROM tidegate.dead_letter ORDER BY id DESC),
happened AS (
    SELECT at, 1 AS received, 0 AS applied, 0 AS failed, 0 AS dead FROM events
    UNION ALL
    SELECT at, 0, CASE WHEN decision = 'applied' THEN 1 ELSE 0 END,
           CASE WHEN kind = 'write' AND outcome <> 'applied'
                     AND COALESCE(decision, '') <> 'shadow' THEN 1 ELSE 0 END, 0
    FROM attempts WHERE at IS NOT NULL
    UNION ALL
    SELECT at, 0, 0, 0, 1 FROM letters),
counts AS (
    SELECT DATEDIFF(MINUTE, CAST('2020-01-01' AS DATETIME2(6)), h.at) AS n,
           SUM(h.received) AS received, SUM(h.applied) AS applied, SUM(h.failed) AS failed,
           SUM(h.dead) AS dead
    FROM happened h GROUP BY DATEDIFF(MINUTE, CAST('2020-01-01' AS DATETIME2(6)), h.at)),
reach AS (
    SELECT MAX(w.start) AS start FROM (
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(at) END AS start FROM events
        UNION ALL
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(opened_at) END FROM attempts
        UNION ALL
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(at) END FROM letters) w)
SELECT CAST(m.minute AS DATETIME2(6)) AS minute,
       CAST(COALESCE(c.received, 0) AS BIGINT) AS received,
       CAST(COALESCE(c.applied, 0) AS BIGINT) AS applied,
       CAST(COALESCE(c.failed, 0) AS BIGINT) AS failed,
       CAST(COALESCE(c.dead, 0) AS BIGINT) AS dead,
       CASE WHEN r.start > m.minute THEN 1 ELSE 0 END AS partial
FROM minutes m CROSS JOIN reach r
LEFT JOIN counts c ON c.n = DATEDIFF(MINUTE, CAST('2020-01-01' AS DATETIME2(6)), m.minute)
