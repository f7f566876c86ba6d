-- The next events by number, from the one that the last look ended at.
-- :rows cursor
SELECT value FROM counter WHERE name = :cursor
-- :rows events
SELECT i.id, i.uuid, i.accepted_at, i.state, i.ended_at, p.erased_at
FROM inbox i JOIN payload p ON p.event_id = i.id
WHERE i.id > COALESCE((SELECT value FROM counter WHERE name = :cursor), 0) ORDER BY i.id LIMIT :n
