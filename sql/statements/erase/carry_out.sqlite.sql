-- What is known of some events of one entity goes: what they said, what was sent, what came back, what
-- they changed, and whose they were. Hashes, times, states and outcomes stay, and that they were erased
-- is on record.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
UPDATE operator_request
SET state = :state, cursor_id = :cursor_id, matched = :matched, changed = :changed,
    skipped = :skipped, result = :result, started_at = COALESCE(started_at, :now),
    ended_at = CASE WHEN :state <> 'running' THEN :now END
WHERE id = :request_id AND state IN ('open', 'running')
-- :do
DELETE FROM temp.picked
-- :do
INSERT INTO temp.picked (id, runs)
SELECT i.id, 0 FROM json_each(:ids) r CROSS JOIN inbox i ON i.id = r.value WHERE i.state <> 'live'
-- :do
DELETE FROM attempt_body WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
UPDATE payload SET body = x'', answer = NULL, erased_at = :now
WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
UPDATE sync_attempt SET message = NULL WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
UPDATE dead_letter SET message = '' WHERE event_id IN (SELECT id FROM temp.picked)
-- :do
UPDATE letter_note SET text = ''
WHERE event_uuid IN (SELECT i.uuid FROM temp.picked k CROSS JOIN inbox i ON i.id = k.id)
-- :do
UPDATE operator_request SET filter = '{}', result = NULL
WHERE state NOT IN ('open', 'running')
  AND event_uuid IN (SELECT i.uuid FROM temp.picked k CROSS JOIN inbox i ON i.id = k.id)
-- :do
UPDATE audit_trail SET entity_text = NULL, old = NULL, new = NULL, reason = NULL, fields = NULL
WHERE event_id IN (SELECT id FROM temp.picked) AND action <> 'erased'
-- :do
UPDATE delivery SET entity_text = NULL, message_id = NULL, headers = NULL, remote = NULL, reason = ''
WHERE event_uuid IN (SELECT i.uuid FROM temp.picked k CROSS JOIN inbox i ON i.id = k.id)
-- :do
UPDATE inbox SET entity_text = NULL, message_id = NULL WHERE id IN (SELECT id FROM temp.picked)
-- :each trail
INSERT INTO audit_trail (event_id, event_uuid, at, action, actor, source, entity, reason, host,
                         config_version, row_hash)
VALUES (:event_id, :event_uuid, :now, :action, :actor, :source, :entity, :reason, :host,
        :config_version, :row_hash)
