-- Attempts in the order in which they were opened.
-- :rows attempts
SELECT id, event_id, number FROM sync_attempt
WHERE id > :after AND id <= :up_to ORDER BY id LIMIT :n
