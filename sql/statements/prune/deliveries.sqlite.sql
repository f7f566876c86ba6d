-- The next deliveries by number, from the one that the last look ended at.
-- :rows deliveries
SELECT id, received_at, verdict FROM delivery
WHERE id > COALESCE((SELECT value FROM counter WHERE name = :cursor), 0) ORDER BY id LIMIT :n
