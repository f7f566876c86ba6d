-- How many attempts events took. Of the last 20,000 attempts.
CREATE VIEW tidegate.v_attempts_histogram AS
SELECT s.attempts, s.state, COUNT_BIG(*) AS events, MIN(s.window_from) AS window_from
FROM (
    SELECT e.attempts, e.window_from,
           CAST(CASE i.state WHEN 'live' THEN 'unfinished' ELSE i.state END AS VARCHAR(12))
               AS state
    FROM (SELECT a.event_id, MAX(a.number) AS attempts,
                 MIN(MIN(a.opened_at)) OVER () AS window_from
          FROM (SELECT TOP (20000) event_id, number, opened_at
                FROM tidegate.sync_attempt ORDER BY id DESC) a
          GROUP BY a.event_id) e
    JOIN tidegate.inbox i ON i.id = e.event_id
) s
GROUP BY s.attempts, s.state
