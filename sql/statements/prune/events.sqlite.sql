-- Events that came to an end long ago go, with all that is on record of them but the changes that
-- they made, and are counted by their end.
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
  AND NOT EXISTS (SELECT 1 FROM sync_queue q WHERE q.event_id = i.id)
-- :rows pruned
SELECT i.state, COUNT(*) AS n
FROM temp.picked k CROSS JOIN inbox i ON i.id = k.id GROUP BY i.state ORDER BY i.state
-- :do
INSERT INTO counter (name, value)
SELECT 'pruned.' || i.state, COUNT(*) FROM temp.picked k CROSS JOIN inbox i ON i.id = k.id
WHERE true GROUP BY i.state
ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value
-- :do
DELETE FROM attempt_body WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
DELETE FROM sync_attempt WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
DELETE FROM dead_letter WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
DELETE FROM letter_note WHERE event_uuid IN (
    SELECT i.uuid FROM temp.picked k CROSS JOIN inbox i ON i.id = k.id)
-- :do
DELETE FROM delivery WHERE event_uuid IN (
    SELECT i.uuid FROM temp.picked k CROSS JOIN inbox i ON i.id = k.id)
-- :do
DELETE FROM payload WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
DELETE FROM inbox WHERE id IN (SELECT id FROM temp.picked)
-- :do
INSERT INTO counter (name, value) VALUES (:cursor, :at)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
