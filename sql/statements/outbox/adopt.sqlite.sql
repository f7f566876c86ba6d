-- A new term sends again what the old one left in flight: at least once, under the same webhook-id.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'relay' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
UPDATE dispatch_attempt SET closed_at = :now, outcome = 'unknown' WHERE closed_at IS NULL
-- :do
UPDATE dispatch SET state = 0 WHERE state = 2
