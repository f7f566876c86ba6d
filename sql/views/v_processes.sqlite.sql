-- Which processes run on this database, and which ran: the last 1,000.
CREATE VIEW v_processes AS
SELECT p.uuid AS process, p.role, p.host, p.pid, p.version, p.config_version, p.started_at,
       p.seen_at, ROUND(MAX(0, (julianday('now') - julianday(p.seen_at)) * 86400.0), 3)
           AS seen_age_s,
       p.ended_at
FROM (SELECT * FROM process ORDER BY id DESC LIMIT 1000) p
