-- Whose rows are ready: every adapter that has some, one seek for each.
-- :rows targets
WITH RECURSIVE t (target) AS (
    SELECT MIN(target) FROM sync_queue WHERE state = 0
    UNION ALL
    SELECT (SELECT MIN(q.target) FROM sync_queue q WHERE q.state = 0 AND q.target > t.target)
    FROM t WHERE t.target IS NOT NULL)
SELECT target FROM t WHERE target IS NOT NULL
