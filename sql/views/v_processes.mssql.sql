-- Which processes run on this database, and which ran: the last 1,000.
CREATE VIEW tidegate.v_processes AS
SELECT p.uuid AS process, p.role, p.host, p.pid, p.version, p.config_version, p.started_at,
       p.seen_at, CAST(DATEDIFF_BIG(MILLISECOND, p.seen_at, SYSUTCDATETIME()) / 1000.0
                       AS DECIMAL(18, 3)) AS seen_age_s,
       p.ended_at
FROM (SELECT TOP (1000) * FROM tidegate.process ORDER BY id DESC) p
