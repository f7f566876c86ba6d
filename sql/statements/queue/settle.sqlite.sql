-- What a batch of attempts came to, whole: attempts closed, rows moved or ended, the record, the
-- outbox, the next event of each freed key, and the seal, whose lines come with it. Of a key one
-- event runs at a time, so none of them comes twice; a head's events may have several keys.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each closes all
WITH v (event_id, number, outcome, decision, rule, rule_version, status, error_class, message,
        duration_ms, sent_at, request_hash, answer_hash, version, detail_hash) AS (
    VALUES (:event_id, :number, :outcome, :decision, :rule, :rule_version, :status, :error_class,
            :message, :duration_ms, :sent_at, :request_hash, :answer_hash, :version,
            :detail_hash))
UPDATE sync_attempt AS a
SET closed_at = :now, outcome = v.outcome, decision = v.decision, rule = v.rule,
    rule_version = v.rule_version, status = v.status, error_class = v.error_class,
    message = v.message, duration_ms = v.duration_ms, sent_at = v.sent_at,
    request_hash = v.request_hash, answer_hash = v.answer_hash, version = v.version,
    detail_hash = v.detail_hash
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
UPDATE order_key AS k SET applied_seq = v.seq FROM v WHERE k.id = v.id AND k.applied_seq < v.seq
-- :each applied
WITH v (id, seq) AS (VALUES (:head_id, :seq))
UPDATE entity_head AS h SET applied_seq = v.seq
FROM (SELECT id, MAX(seq) AS seq FROM v GROUP BY id) v WHERE h.id = v.id AND h.applied_seq < v.seq
-- :each moves all
UPDATE sync_queue SET state = :state, due_at = after(:now, :due_in_s), tries = tries + :tries,
       first_at = after(first_at, :still_s),
       unknown_at = CASE WHEN :unknown = 1 THEN COALESCE(after(unknown_at, :still_s), :now) END,
       alone = :alone, needs_until = NULL
WHERE id = :queue_id AND state = 2 AND epoch = :epoch AND token = :token
-- :each links
INSERT INTO entity_link (hash, target, source, entity, entity_text, record_type, record_id,
                         record_key, event_uuid, at)
VALUES (:hash, :target, :source, :entity, :entity_text, :record_type, :record_id, :record_key,
        :event_uuid, :now)
ON CONFLICT (hash) DO UPDATE
SET record_type = excluded.record_type, record_id = excluded.record_id,
    record_key = excluded.record_key, event_uuid = excluded.event_uuid, at = excluded.at
-- :each unlinks
DELETE FROM entity_link WHERE hash = :hash
-- :each needs all
UPDATE sync_queue SET state = 3, needs_hash = :hash, tries = tries - 1, first_at = NULL,
       alone = 0, needs_until = COALESCE(needs_until, after(:now, :wait_s)),
       due_at = COALESCE(needs_until, after(:now, :wait_s))
WHERE id = :queue_id AND state = 2 AND epoch = :epoch AND token = :token
-- :each needs
UPDATE sync_queue SET state = 0, due_at = :now, needs_hash = NULL
WHERE id = :queue_id AND EXISTS (SELECT 1 FROM entity_link WHERE hash = :hash)
-- :each links
UPDATE sync_queue SET state = CASE WHEN state = 3 THEN 0 ELSE state END, due_at = :now,
       needs_hash = NULL
WHERE needs_hash = :hash
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
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'close', :sealed_ids, :sealed_hash,
       seal_hash(p.hash, :sealed_hash, p.seq + 1, :epoch, 'close'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p WHERE :sealed_ids IS NOT NULL
