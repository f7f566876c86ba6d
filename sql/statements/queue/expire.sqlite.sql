-- Commands whose deadline has passed before they could take effect come to their end, and the next
-- event of each freed key is ready. What runs or is unknown may have taken effect: it is left alone,
-- and so is a dead letter, which is its operator's.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
DELETE FROM temp.picked
-- :do
DELETE FROM temp.freed
-- :do
INSERT INTO temp.picked (id, runs)
SELECT q.id, 0
FROM json_each(:ids) r CROSS JOIN sync_queue q ON q.id = r.value
CROSS JOIN inbox i ON i.id = q.event_id
WHERE q.deadline_at <= :now AND q.state IN (0, 1, 3, 5) AND q.unknown_at IS NULL AND i.state = 'live'
-- :rows expired
SELECT i.uuid FROM temp.picked k CROSS JOIN sync_queue q ON q.id = k.id
CROSS JOIN inbox i ON i.id = q.event_id ORDER BY q.id
-- :do
INSERT INTO temp.freed (key_id)
SELECT DISTINCT q.key_id FROM temp.picked k CROSS JOIN sync_queue q ON q.id = k.id
-- :do
UPDATE inbox SET state = 'expired', ended_at = :now, answer_status = 504
WHERE id IN (SELECT q.event_id FROM temp.picked k CROSS JOIN sync_queue q ON q.id = k.id)
-- :each trail
INSERT INTO audit_trail (event_id, event_uuid, at, action, actor, source, entity, entity_text, reason,
                         trace_id, config_version, row_hash)
SELECT :event_id, :event_uuid, :now, :action, :actor, :source, :entity, :entity_text, :reason,
       :trace_id, :config_version, :row_hash
WHERE EXISTS (SELECT 1 FROM temp.picked WHERE id = :queue_id)
-- :do
DELETE FROM sync_queue WHERE id IN (SELECT id FROM temp.picked)
-- :do
UPDATE sync_queue SET state = 0
WHERE state = 1 AND id IN (
    SELECT (SELECT l.id FROM sync_queue l WHERE l.key_id = f.key_id ORDER BY l.seq LIMIT 1)
    FROM temp.freed f)
