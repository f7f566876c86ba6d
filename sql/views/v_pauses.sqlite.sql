-- What stands still: adapters, and entities of them.
CREATE VIEW v_pauses AS
SELECT p.target, p.entity, p.kind, p.reason, p.actor, p.since, p.until_at, p.probe_at,
       CASE WHEN p.until_at IS NULL OR p.until_at > strftime('%Y-%m-%d %H:%M:%f', 'now')
            THEN 1 ELSE 0 END AS active
FROM (SELECT * FROM pause ORDER BY id DESC LIMIT 1000) p
