-- Of events that came to an end: what they said, what was sent and what came back. Their hashes and
-- the answers that callers are given stay.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
DELETE FROM temp.picked
-- :do
INSERT INTO temp.picked (id, runs)
SELECT i.id, 0 FROM json_each(:ids) r CROSS JOIN inbox i ON i.id = r.value
WHERE i.state IN ('applied', 'superseded', 'refused', 'expired', 'discarded')
-- :do
DELETE FROM attempt_body WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
UPDATE payload SET body = x'', erased_at = :now
WHERE event_id IN (SELECT id FROM temp.picked) AND erased_at IS NULL
-- :rows pruned
SELECT changes() AS n
-- :do
INSERT INTO counter (name, value) VALUES (:cursor, :at)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
