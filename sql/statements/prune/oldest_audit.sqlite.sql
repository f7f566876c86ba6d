-- The oldest changes on record.
-- :rows changes
SELECT w.id FROM (SELECT id, at FROM audit_trail ORDER BY id LIMIT :n) w WHERE w.at < :before
