-- Outbox rows become one dispatch per subscription, numbered per key as they are seen committed.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'relay' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each numbers
INSERT INTO dispatch_key (subscription_id, key_hash, next_no) VALUES (:subscription_id, :key_hash, 1)
ON CONFLICT (subscription_id, key_hash) DO NOTHING
-- :each dispatches
INSERT INTO dispatch (subscription_id, dkey_id, no, message_id, event_uuid, type, subject, data, at,
                      trace, state, attempts)
SELECT :subscription_id, k.id, k.next_no + :place, :message_id, :event_uuid, :type, :subject, :data,
       :at, :trace, 0, 0
FROM dispatch_key k WHERE k.subscription_id = :subscription_id AND k.key_hash = :key_hash
-- :each numbers
UPDATE dispatch_key SET next_no = next_no + :n
WHERE subscription_id = :subscription_id AND key_hash = :key_hash
-- :each taken all
DELETE FROM outbox WHERE id = :id
