-- What was delivered in the last 24 hours, and what became of it, per source and entity.
-- Of the last 20,000 deliveries.
CREATE VIEW v_deliveries_by_verdict AS
SELECT d.source, d.entity, d.verdict, d.rule, SUM(d.seen) AS deliveries, COUNT(*) AS rows,
       MAX(d.last_at) AS last_at, MIN(MIN(d.received_at)) OVER () AS window_from
FROM (SELECT source, entity, verdict, rule, seen, last_at, received_at
      FROM delivery ORDER BY id DESC LIMIT 20000) d
WHERE d.received_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 day')
GROUP BY d.source, d.entity, d.verdict, d.rule
