-- Changes that are older than they are kept go; the seal has been told.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
DELETE FROM audit_trail WHERE id IN (SELECT value FROM json_each(:ids)) AND at < :before
-- :rows pruned
SELECT changes() AS n
