-- What came in and what became of it, minute by minute for an hour.
-- Of the last 20,000 events, attempts and dead letters; a minute that they do not cover says so.
CREATE VIEW v_flow AS
WITH RECURSIVE ago (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM ago WHERE n < 59),
minutes (minute) AS (
    SELECT strftime('%Y-%m-%d %H:%M:00.000000', 'now', '-' || n || ' minutes') FROM ago),
events AS (SELECT accepted_at AS at FROM inbox ORDER BY id DESC LIMIT 20000),
attempts AS (
    SELECT kind, opened_at, closed_at AS at, outcome, decision
    FROM sync_attempt ORDER BY id DESC LIMIT 20000),
letters AS (SELECT born_at AS at FROM dead_letter ORDER BY id DESC LIMIT 20000),
counts AS (
    SELECT substr(at, 1, 16) AS minute, COUNT(*) AS received, 0 AS applied, 0 AS failed, 0 AS dead
    FROM events GROUP BY 1
    UNION ALL
    SELECT substr(at, 1, 16), 0, SUM(decision = 'applied'),
           SUM(kind = 'write' AND outcome <> 'applied' AND COALESCE(decision, '') <> 'shadow'), 0
    FROM attempts WHERE at IS NOT NULL GROUP BY 1
    UNION ALL
    SELECT substr(at, 1, 16), 0, 0, 0, COUNT(*) FROM letters GROUP BY 1),
reach AS (
    SELECT MAX(w.start) AS start FROM (
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(at) END AS start FROM events
        UNION ALL
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(opened_at) END FROM attempts
        UNION ALL
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(at) END FROM letters) w)
SELECT m.minute, COALESCE(SUM(c.received), 0) AS received, COALESCE(SUM(c.applied), 0) AS applied,
       COALESCE(SUM(c.failed), 0) AS failed, COALESCE(SUM(c.dead), 0) AS dead,
       CASE WHEN r.start > m.minute THEN 1 ELSE 0 END AS partial
FROM minutes m CROSS JOIN reach r LEFT JOIN counts c ON c.minute = substr(m.minute, 1, 16)
GROUP BY m.minute, r.start
