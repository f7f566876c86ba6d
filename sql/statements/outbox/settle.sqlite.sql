-- What a batch of sendings came to.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'relay' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each closes all
UPDATE dispatch_attempt SET closed_at = :now, outcome = :outcome, status = :status,
       message = :message, duration_ms = :duration_ms
WHERE dispatch_id = :id AND number = :number AND closed_at IS NULL
-- :each delivered all
DELETE FROM dispatch WHERE id = :id AND state = 2 AND epoch = :epoch AND token = :token
-- :each moves all
UPDATE dispatch SET state = :state, due_at = after(:now, :due_in_s)
WHERE id = :id AND state = 2 AND epoch = :epoch AND token = :token
-- :each freed
UPDATE dispatch SET state = 0
WHERE dkey_id = :dkey_id AND state = 1
  AND no = (SELECT MIN(l.no) FROM dispatch l WHERE l.dkey_id = :dkey_id AND l.state IN (0, 1, 2, 3))
-- :each disabled
UPDATE subscription SET enabled = 0, reason = :reason, changed_at = :now WHERE id = :subscription_id
