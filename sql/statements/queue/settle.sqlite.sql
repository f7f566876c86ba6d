-- What a batch of attempts came to, whole: attempts closed, rows moved or ended, the record, the
-- outbox, the next event of each freed key, and the seal.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each closes all
UPDATE sync_attempt SET closed_at = :now, outcome = :outcome, decision = :decision, rule = :rule,
       rule_version = :rule_version, status = :status, error_class = :error_class,
       message = :message, duration_ms = :duration_ms, sent_at = after(:now, -:sent_ago_s),
       request_hash = :request_hash, version = :version, detail_hash = :detail_hash
WHERE event_id = :event_id AND number = :number AND closed_at IS NULL
-- :each bodies
INSERT INTO attempt_body (event_id, number, request, answer)
VALUES (:event_id, :number, :request, :answer)
-- :each ends all
DELETE FROM sync_queue WHERE id = :queue_id AND state = 2 AND epoch = :epoch AND token = :token
-- :each ends all
UPDATE inbox SET state = :state, ended_at = CASE WHEN :state <> 'dead' THEN :now END,
       answer_status = :answer_status
WHERE id = :event_id AND state = 'live'
-- :each answers
UPDATE payload SET answer = :answer WHERE event_id = :event_id
-- :each applied
UPDATE order_key SET applied_seq = :seq WHERE id = :key_id AND applied_seq < :seq
-- :each applied
UPDATE entity_head SET applied_seq = :seq WHERE id = :head_id AND applied_seq < :seq
-- :each moves all
UPDATE sync_queue SET state = :state, due_at = after(:now, :due_in_s), tries = tries + :tries,
       unknown_at = CASE WHEN :unknown = 1 THEN COALESCE(unknown_at, :now) END, alone = :alone
WHERE id = :queue_id AND state = 2 AND epoch = :epoch AND token = :token
-- :each letters
INSERT INTO dead_letter (event_id, event_uuid, key_id, born_at, reason, error_class, message,
                         fingerprint, attempts, state)
VALUES (:event_id, :event_uuid, :key_id, :now, :reason, :error_class, :message, :fingerprint,
        :attempts, 'open')
-- :each helds all
UPDATE inbox SET state = 'dead' WHERE id = :event_id AND state = 'live'
-- :each ends
UPDATE sync_queue SET state = 0
WHERE key_id = :key_id AND state = 1
  AND seq = (SELECT MIN(l.seq) FROM sync_queue l WHERE l.key_id = :key_id)
-- :each trail
INSERT INTO audit_trail (event_id, attempt, event_uuid, at, action, actor, source, entity,
                         entity_text, old, new, reason, trace_id, config_version, row_hash)
VALUES (:event_id, :number, :event_uuid, :now, :action, :actor, :source, :entity, :entity_text,
        :old, :new, :reason, :trace_id, :config_version, :row_hash)
-- :each outbox
INSERT INTO outbox (event_uuid, type, subject, key_hash, data, at, trace)
VALUES (:event_uuid, :type, :subject, :key_hash, :data, :now, :trace)
-- :do
DELETE FROM temp.picked
-- :each closes
INSERT INTO temp.picked (id, runs)
SELECT id, 1 FROM sync_attempt WHERE event_id = :event_id AND number = :number
-- :do
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'close', r.ids, r.h,
       seal_hash(p.hash, r.h, p.seq + 1, :epoch, 'close'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p,
     (SELECT group_concat(ref) AS ids, sha256(group_concat(line, ';')) AS h
      FROM (SELECT a.event_id || '.' || a.number AS ref,
                   'c|' || a.event_id || '|' || a.number || '|' || a.outcome || '|' || a.decision
                   || '|' || a.closed_at || '|' || a.detail_hash
                   || COALESCE('|a|' || t.action || '|' || t.at || '|' || t.row_hash, '') AS line
            FROM temp.picked k CROSS JOIN sync_attempt a ON a.id = k.id
            LEFT JOIN audit_trail t ON t.event_id = a.event_id AND t.attempt = a.number
            ORDER BY a.event_id, a.number, t.id)) r
WHERE r.ids IS NOT NULL
