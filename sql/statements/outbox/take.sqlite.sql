-- What waits to be distributed, oldest first.
-- :rows outbox
SELECT id, event_uuid, type, subject, key_hash, data, at, trace FROM outbox ORDER BY id LIMIT :n
-- :rows due
SELECT seconds_between((SELECT MIN(due_at) FROM dispatch WHERE state = 3), :now) AS due_in_s,
       EXISTS (SELECT 1 FROM dispatch WHERE state = 0) AS ready
