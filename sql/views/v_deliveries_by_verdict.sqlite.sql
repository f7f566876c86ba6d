-- What was delivered in the last 24 hours, and what became of it, per source and entity.
CREATE VIEW v_deliveries_by_verdict AS
SELECT d.source, d.entity, d.verdict, d.rule, SUM(d.seen) AS deliveries, COUNT(*) AS rows,
       MAX(d.last_at) AS last_at
FROM delivery d
WHERE d.received_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 day')
GROUP BY d.source, d.entity, d.verdict, d.rule
