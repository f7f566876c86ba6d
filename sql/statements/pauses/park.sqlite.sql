-- Rows of entities that stand still, and of one key that shall not be the next, are put off: those
-- among the first n that are ready, and among the first n that are due. The time does not count to
-- their age.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
DELETE FROM temp.picked
-- :each entities
INSERT INTO temp.picked (id, runs)
SELECT f.id, 0
FROM (SELECT id, event_id FROM sync_queue WHERE state = 0 AND target = :target
      ORDER BY priority, id LIMIT :n) f
CROSS JOIN inbox i ON i.id = f.event_id WHERE i.entity = :entity
-- :each entities
INSERT INTO temp.picked (id, runs)
SELECT f.id, 0
FROM (SELECT id, event_id FROM sync_queue
      WHERE state IN (3, 4) AND due_at <= after(:now, 1) AND target = :target
      ORDER BY due_at LIMIT :n) f
CROSS JOIN inbox i ON i.id = f.event_id WHERE i.entity = :entity
-- :do
INSERT INTO temp.picked (id, runs)
SELECT id, 0 FROM sync_queue
WHERE key_id = :key_id AND (state = 0 OR (state = 3 AND due_at <= after(:now, 1)))
  AND id NOT IN (SELECT id FROM temp.picked)
-- :do
UPDATE sync_queue
SET state = CASE WHEN state = 4 THEN 4 ELSE 3 END, due_at = after(:now, :wait_s),
    first_at = after(first_at, seconds_between(after(:now, :wait_s), COALESCE(due_at, :now))),
    unknown_at = after(unknown_at, seconds_between(after(:now, :wait_s), COALESCE(due_at, :now)))
WHERE id IN (SELECT id FROM temp.picked)
-- :rows parked
SELECT COUNT(*) AS n FROM temp.picked
