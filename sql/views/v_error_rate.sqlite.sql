-- Which errors writes ended in, and how large a share of all writes that is.
-- Of the last 20,000 attempts.
CREATE VIEW v_error_rate AS
WITH writes AS (
    SELECT a.event_id, a.opened_at, a.closed_at, a.outcome, a.error_class
    FROM (SELECT event_id, kind, opened_at, closed_at, outcome, decision, error_class
          FROM sync_attempt ORDER BY id DESC LIMIT 20000) a
    WHERE a.kind = 'write' AND a.closed_at IS NOT NULL
      AND COALESCE(a.decision, '') <> 'shadow')
SELECT COALESCE(w.error_class, w.outcome, 'unknown') AS error_class, COUNT(*) AS failures,
       t.attempts, ROUND(100.0 * COUNT(*) / t.attempts, 3) AS share_percent,
       COUNT(DISTINCT w.event_id) AS events, MIN(w.closed_at) AS first_seen,
       MAX(w.closed_at) AS last_seen, t.window_from
FROM writes w
CROSS JOIN (SELECT COUNT(*) AS attempts, MIN(opened_at) AS window_from FROM writes) t
WHERE w.outcome IS NULL OR w.outcome <> 'applied'
GROUP BY COALESCE(w.error_class, w.outcome, 'unknown'), t.attempts, t.window_from
