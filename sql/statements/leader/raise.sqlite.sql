-- Open a new term by compare-and-set on what was seen; the former beat bounds what its term sent.
-- :optional locked
-- :rows before
SELECT beat_at FROM leader WHERE name = :name
-- :fence
UPDATE leader SET epoch = epoch + 1, token = :token, beat = beat + 1, beat_at = :now,
       holder = :holder, since = :now, locked = COALESCE(:locked, 1)
WHERE name = :name AND epoch = :seen_epoch AND beat = :seen_beat AND schema_no = :schema_no
RETURNING epoch
-- :rows term
SELECT epoch, token FROM leader WHERE name = :name
