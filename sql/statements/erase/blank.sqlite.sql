-- Changes that events made which have left the database say no more whose they were, and what was
-- changed; the seal has been told.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
UPDATE audit_trail SET entity_text = NULL, old = NULL, new = NULL, reason = NULL, fields = NULL
WHERE event_id IN (SELECT value FROM json_each(:ids)) AND action <> 'erased'
