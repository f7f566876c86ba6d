-- The fence alone: says that the term still holds.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = :name AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
