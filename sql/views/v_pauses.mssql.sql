-- What stands still: adapters, and entities of them.
CREATE VIEW tidegate.v_pauses AS
SELECT p.target, p.entity, p.kind, p.reason, p.actor, p.since, p.until_at, p.probe_at,
       CASE WHEN p.until_at IS NULL OR p.until_at > SYSUTCDATETIME() THEN 1 ELSE 0 END AS active
FROM (SELECT TOP (1000) * FROM tidegate.pause ORDER BY id DESC) p
