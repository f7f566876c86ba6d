-- How far the record goes. The rows come first: each of them has its link by then.
-- :rows bounds
SELECT a.attempt_id, t.audit_id, s.seq, s.hash, s.at, v.value AS covered
FROM (SELECT MAX(id) AS attempt_id FROM sync_attempt) a
CROSS JOIN (SELECT MAX(id) AS audit_id FROM audit_trail) t
LEFT JOIN (SELECT seq, hash, at FROM seal ORDER BY seq DESC LIMIT 1) s ON 1 = 1
LEFT JOIN counter v ON v.name = 'sealed.audit'
