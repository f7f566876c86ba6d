-- A request is carried out, whole, or a step of a job is: letters and events change, rows leave the
-- queue or return to their place, keys are held or let go, the next event of each freed key comes,
-- and all of it is on record under a link of the seal. Where its key is held, whatever comes to the
-- front is held. What an operator edited is a new event at the place of the old one. Where an
-- earlier write may have taken effect (`look`) the far side is looked at before anything is sent.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each asked all
UPDATE operator_request SET state = :state, matched = :matched, changed = :changed,
       skipped = :skipped, result = :result, started_at = COALESCE(started_at, :now), ended_at = :now
WHERE id = :id AND state IN ('open', 'running')
-- :each jobs all
UPDATE operator_request
SET state = :state, cursor_id = :cursor_id, matched = :matched, changed = :changed,
    skipped = :skipped, failed = :failed, result = :result, progress = :progress,
    rate_per_s = :rate_per_s, stop_at_percent = :stop_at_percent, wake_at = after(:now, :wake_in_s),
    started_at = COALESCE(started_at, :now), ended_at = CASE WHEN :ended = 1 THEN :now END
WHERE id = :id AND state = :was
-- :each staged all
UPDATE dead_letter SET request_id = :request_id
WHERE id = :letter_id AND state = 'open' AND request_id IS NULL
-- :each letters all
UPDATE dead_letter
SET state = :state, reason = :reason, closed_at = CASE WHEN :state <> 'open' THEN :now END,
    closed_by = CASE WHEN :state <> 'open' THEN :closed_by END
WHERE id = :letter_id AND state = 'open' AND (:request_id IS NULL OR request_id = :request_id)
-- :each unstaged all
UPDATE dead_letter SET request_id = NULL WHERE id = :letter_id AND request_id = :request_id
-- :each edits all
INSERT INTO inbox (uuid, accepted_at, source, entity, entity_text, kind, operation, channel, verdict,
                   head_id, key_id, seq, message_no, message_id, owner, rule_version, stamp, late,
                   state, trace, config_version, edited_from)
SELECT :uuid, :now, i.source, i.entity, i.entity_text, i.kind, i.operation, i.channel, i.verdict,
       i.head_id, i.key_id, i.seq, i.message_no, i.message_id, i.owner, i.rule_version, i.stamp,
       i.late, 'live', i.trace, :config_version, i.uuid
FROM inbox i WHERE i.id = :event_id AND i.state = 'dead'
-- :each edits all
INSERT INTO payload (event_id, body, media_type, pointer)
SELECT n.id, :body, :media_type, p.pointer
FROM inbox n, payload p WHERE n.uuid = :uuid AND p.event_id = :event_id
-- :each ends all
UPDATE inbox SET state = :state, ended_at = :now, answer_status = :answer_status,
       ended_by = :ended_by
WHERE id = :event_id AND state = 'dead'
-- :each revived all
UPDATE inbox SET state = 'live', ended_at = NULL, answer_status = NULL
WHERE id = :event_id AND state = 'dead'
-- :each leaves all
DELETE FROM sync_queue WHERE id = :queue_id AND state = 5
-- :each applied
UPDATE entity_head SET applied_seq = :seq WHERE id = :head_id AND applied_seq < :seq
-- :each applied
UPDATE order_key SET applied_seq = :seq WHERE id = :key_id AND applied_seq < :seq
-- :each holds all
UPDATE order_key SET held = 1 WHERE id = :key_id AND held = 0
-- :each holds
UPDATE sync_queue SET state = 5, due_at = COALESCE(due_at, :now)
WHERE state IN (0, 1, 3)
  AND id = (SELECT l.id FROM sync_queue l WHERE l.key_id = :key_id ORDER BY l.seq LIMIT 1)
-- :each releases all
UPDATE order_key SET held = 0 WHERE id = :key_id AND held = 1
-- :each releases
UPDATE sync_queue
SET state = CASE WHEN EXISTS (SELECT 1 FROM sync_queue l
                              WHERE l.key_id = sync_queue.key_id AND l.seq < sync_queue.seq) THEN 1
                 WHEN due_at > :now THEN 3 ELSE 0 END
WHERE key_id = :key_id AND state IN (4, 5) AND state = 5
  AND EXISTS (SELECT 1 FROM inbox i WHERE i.id = sync_queue.event_id AND i.state = 'live')
-- :each again all
UPDATE sync_queue
SET state = (SELECT CASE WHEN k.held = 1 THEN 5 ELSE 0 END FROM order_key k
             WHERE k.id = sync_queue.key_id),
    target = (SELECT k.target FROM order_key k WHERE k.id = sync_queue.key_id),
    due_at = NULL, tries = 0, first_at = NULL, alone = 0, crashes = 0, deadline_at = NULL,
    unknown_at = CASE WHEN :look = 1 THEN :now END
WHERE id = :queue_id AND state = 5
-- :each moved all
UPDATE sync_queue
SET event_id = (SELECT i.id FROM inbox i WHERE i.uuid = :uuid), attempts = 0, merges = :merges
WHERE id = :queue_id
-- :each back all
INSERT INTO sync_queue (event_id, key_id, seq, target, priority, state, attempts, tries, alone,
                        crashes, merges, unknown_at)
SELECT i.id, i.key_id, i.seq, k.target, :priority, CASE WHEN k.held = 1 THEN 5 ELSE 0 END,
       COALESCE((SELECT MAX(a.number) FROM sync_attempt a WHERE a.event_id = i.id), 0), 0, 0, 0,
       :merges, CASE WHEN :look = 1 THEN :now END
FROM inbox i JOIN order_key k ON k.id = i.key_id
WHERE i.uuid = :uuid
  AND NOT EXISTS (SELECT 1 FROM sync_queue r WHERE r.key_id = i.key_id AND r.state = 2)
-- :each freed
UPDATE sync_queue
SET state = (SELECT CASE WHEN k.held = 1 THEN 5 ELSE 0 END FROM order_key k
             WHERE k.id = sync_queue.key_id)
WHERE state = 1
  AND id = (SELECT l.id FROM sync_queue l WHERE l.key_id = :key_id ORDER BY l.seq LIMIT 1)
-- :each outbox
INSERT INTO outbox (event_uuid, type, subject, key_hash, data, at, trace)
SELECT :event_uuid, :type, :subject, k.hash, :data, :now, :trace FROM order_key k WHERE k.id = :key_id
-- :do
DELETE FROM temp.picked
-- :do
INSERT INTO temp.picked (id, runs) SELECT COALESCE(MAX(id), 0), 0 FROM audit_trail
-- :each trail all
INSERT INTO audit_trail (event_id, event_uuid, at, action, actor, source, entity, entity_text, old,
                         new, reason, trace_id, config_version, row_hash, host, fields)
VALUES (:event_id, :event_uuid, :now, :action, :actor, :source, :entity, :entity_text, :old, :new,
        :reason, :trace_id, :config_version, :row_hash, :host, :fields)
-- :do
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'request', r.ids, r.h,
       seal_hash(p.hash, r.h, p.seq + 1, :epoch, 'request'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p,
     (SELECT group_concat(ref) AS ids, sha256(group_concat(line, ';')) AS h
      FROM (SELECT t.id AS ref, 'r|' || t.id || '|' || t.action || '|' || t.at || '|' || t.row_hash AS line
            FROM temp.picked k CROSS JOIN audit_trail t ON t.id > k.id ORDER BY t.id)) r
WHERE r.ids IS NOT NULL
