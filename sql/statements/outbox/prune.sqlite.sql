-- What was sent long ago, and what could not be, is forgotten, so many at a time.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'relay' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
DELETE FROM dispatch_attempt WHERE id IN (
    SELECT w.id FROM (SELECT id, closed_at FROM dispatch_attempt ORDER BY id LIMIT :n) w
    WHERE w.closed_at < after(:now, -:keep_s))
-- :rows pruned
SELECT changes() AS n
-- :do
DELETE FROM dispatch WHERE id IN (
    SELECT w.id FROM (SELECT id, state, at FROM dispatch ORDER BY id LIMIT :n) w
    WHERE w.state = 5 AND w.at < after(:now, -:keep_s))
