-- What a batch of attempts came to, whole: attempts closed, rows moved or ended, the record, the
-- outbox, the next event of each freed key, and the seal.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each closes all
WITH v (event_id, number, outcome, decision, rule, rule_version, status, error_class, message,
        duration_ms, sent_ago_s, request_hash, version, detail_hash) AS (
    VALUES (:event_id, :number, :outcome, :decision, :rule, :rule_version, :status, :error_class,
            :message, :duration_ms, :sent_ago_s, :request_hash, :version, :detail_hash))
UPDATE sync_attempt AS a
SET closed_at = :now, outcome = v.outcome, decision = v.decision, rule = v.rule,
    rule_version = v.rule_version, status = v.status, error_class = v.error_class,
    message = v.message, duration_ms = v.duration_ms, sent_at = after(:now, -v.sent_ago_s),
    request_hash = v.request_hash, version = v.version, detail_hash = v.detail_hash
FROM v WHERE a.event_id = v.event_id AND a.number = v.number AND a.closed_at IS NULL
-- :each bodies
INSERT INTO attempt_body (event_id, number, request, answer)
VALUES (:event_id, :number, :request, :answer)
-- :each ends all
WITH v (id) AS (VALUES (:queue_id))
DELETE FROM sync_queue
WHERE id IN (SELECT id FROM v) AND state = 2 AND epoch = :epoch AND token = :token
-- :each ends all
WITH v (id, state, answer_status) AS (VALUES (:event_id, :state, :answer_status))
UPDATE inbox AS i SET state = v.state, ended_at = CASE WHEN v.state <> 'dead' THEN :now END,
       answer_status = v.answer_status
FROM v WHERE i.id = v.id AND i.state = 'live'
-- :each answers
UPDATE payload SET answer = :answer WHERE event_id = :event_id
-- :each applied
WITH v (id, seq) AS (VALUES (:key_id, :seq))
UPDATE order_key AS k SET applied_seq = v.seq
FROM (SELECT id, MAX(seq) AS seq FROM v GROUP BY id) v WHERE k.id = v.id AND k.applied_seq < v.seq
-- :each applied
WITH v (id, seq) AS (VALUES (:head_id, :seq))
UPDATE entity_head AS h SET applied_seq = v.seq
FROM (SELECT id, MAX(seq) AS seq FROM v GROUP BY id) v WHERE h.id = v.id AND h.applied_seq < v.seq
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
WITH v (key_id) AS (VALUES (:key_id))
UPDATE sync_queue SET state = 0
WHERE state = 1 AND id IN (
    SELECT (SELECT l.id FROM sync_queue l WHERE l.key_id = v.key_id ORDER BY l.seq LIMIT 1) FROM v)
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
WITH v (event_id, number) AS (VALUES (:event_id, :number))
INSERT INTO temp.picked (id, runs)
SELECT a.id, 1
FROM v CROSS JOIN sync_attempt a ON a.event_id = v.event_id AND a.number = v.number
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
