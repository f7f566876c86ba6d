-- Changes in the order in which they were written.
-- :rows changes
SELECT id, attempt, action, at FROM audit_trail
WHERE id > :after AND id <= :up_to ORDER BY id LIMIT :n
