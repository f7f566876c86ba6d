-- How many attempts events took. Of the last 20,000 attempts.
CREATE VIEW v_attempts_histogram AS
SELECT e.attempts, CASE i.state WHEN 'live' THEN 'unfinished' ELSE i.state END AS state,
       COUNT(*) AS events, MIN(e.window_from) AS window_from
FROM (SELECT a.event_id, MAX(a.number) AS attempts, MIN(MIN(a.opened_at)) OVER () AS window_from
      FROM (SELECT event_id, number, opened_at
            FROM sync_attempt ORDER BY id DESC LIMIT 20000) a
      GROUP BY a.event_id) e
JOIN inbox i ON i.id = e.event_id
GROUP BY 1, 2
