-- What was delivered in the last 24 hours, and what became of it, per source and entity.
-- Of the last 20,000 deliveries.
CREATE VIEW tidegate.v_deliveries_by_verdict AS
SELECT d.source, d.entity, d.verdict, d.[rule], CAST(SUM(CAST(d.seen AS BIGINT)) AS BIGINT)
           AS deliveries,
       COUNT_BIG(*) AS [rows], MAX(d.last_at) AS last_at,
       MIN(MIN(d.received_at)) OVER () AS window_from
FROM (SELECT TOP (20000) source, entity, verdict, [rule], seen, last_at, received_at
      FROM tidegate.delivery ORDER BY id DESC) d
WHERE d.received_at > DATEADD(DAY, -1, SYSUTCDATETIME())
GROUP BY d.source, d.entity, d.verdict, d.[rule]
