-- The fence alone: says that the term still holds.
-- :optional locked
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now, locked = COALESCE(:locked, locked)
WHERE name = :name AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
