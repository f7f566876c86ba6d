-- What was delivered in the last 24 hours, and what became of it, per source and entity.
CREATE VIEW tidegate.v_deliveries_by_verdict AS
SELECT d.source, d.entity, d.verdict, d.[rule], SUM(CAST(d.seen AS BIGINT)) AS deliveries,
       COUNT_BIG(*) AS [rows], MAX(d.last_at) AS last_at
FROM tidegate.delivery d
WHERE d.received_at > DATEADD(DAY, -1, SYSUTCDATETIME())
GROUP BY d.source, d.entity, d.verdict, d.[rule]
