-- A batch of deliveries, whole: births by unique key, moves by compare-and-set, everything or nothing.
-- :optional deadline_in_s merges seen
-- :each head_births
INSERT INTO entity_head (hash, source, entity, entity_text, version, stamp, deleted, newest, recent,
                         applied_seq)
VALUES (:hash, :source, :entity, :entity_text, :version, :stamp, :deleted, :newest, :recent, 0)
-- :each head_moves all
UPDATE entity_head SET version = :version, stamp = :stamp, deleted = :deleted, newest = :newest,
       recent = :recent
WHERE hash = :hash AND version = :seen_version
-- :each key_births
INSERT INTO order_key (hash, text, next_seq, applied_seq, target, held)
VALUES (:hash, :text, :next_seq, 0, :target, 0)
-- :each key_moves all
UPDATE order_key SET next_seq = :next_seq
WHERE hash = :hash AND next_seq = :seen_seq AND target = :target
-- :each events
WITH v (uuid, source, entity, entity_text, kind, operation, channel, verdict, head_hash, key_hash, seq,
        message_key, message_no, message_id, owner, content_hash, rule_version, stamp, late, state,
        trace, config_version) AS (
    VALUES (:uuid, :source, :entity, :entity_text, :kind, :operation, :channel, :verdict, :head_hash,
            :key_hash, :seq, :message_key, :message_no, :message_id, :owner, :content_hash,
            :rule_version, :stamp, :late, :state, :trace, :config_version))
INSERT INTO inbox (uuid, accepted_at, source, entity, entity_text, kind, operation, channel, verdict,
                   head_id, key_id, seq, message_key, message_no, message_id, owner, content_hash,
                   rule_version, stamp, late, state, trace, config_version)
SELECT v.uuid, :now, v.source, v.entity, v.entity_text, v.kind, v.operation, v.channel, v.verdict,
       (SELECT id FROM entity_head WHERE hash = v.head_hash),
       (SELECT id FROM order_key WHERE hash = v.key_hash), v.seq, v.message_key, v.message_no, v.message_id, v.owner, v.content_hash,
       v.rule_version, v.stamp, v.late, v.state, v.trace, v.config_version
FROM v
-- :each events
WITH v (uuid, body, media_type, pointer) AS (VALUES (:uuid, :body, :media_type, :pointer))
INSERT INTO payload (event_id, body, media_type, pointer)
SELECT i.id, v.body, v.media_type, v.pointer FROM v CROSS JOIN inbox i ON i.uuid = v.uuid
-- :each queue
WITH v (uuid, target, priority, deadline_in_s, merges) AS (
    VALUES (:uuid, :target, :priority, :deadline_in_s, :merges))
INSERT INTO sync_queue (event_id, key_id, seq, target, priority, state, attempts, tries, alone,
                        crashes, deadline_at, merges)
SELECT i.id, i.key_id, i.seq, v.target, v.priority, 0, 0, 0, 0, 0, after(:now, v.deadline_in_s),
       COALESCE(v.merges, 0)
FROM v CROSS JOIN inbox i ON i.uuid = v.uuid
-- :each letters
INSERT INTO dead_letter (event_id, event_uuid, born_at, reason, error_class, message, fingerprint,
                         attempts, state)
SELECT id, :uuid, :now, :reason, :error_class, :message, :fingerprint, 0, 'open'
FROM inbox WHERE uuid = :uuid
-- :each deliveries
INSERT INTO delivery (uuid, received_at, source, entity, entity_text, channel, verdict, rule,
                      rule_version, reason, content_hash, stamp, event_uuid, message_id, remote,
                      user_agent, headers, config_version, seen, last_at)
VALUES (:uuid, :now, :source, :entity, :entity_text, :channel, :verdict, :rule, :rule_version,
        :reason, :content_hash, :stamp, :event_uuid, :message_id, :remote, :user_agent, :headers,
        :config_version, COALESCE(:seen, 1), :now)
-- :each seen
UPDATE delivery SET seen = seen + :n, last_at = :now WHERE uuid = :uuid
-- :each requests
INSERT INTO operator_request (uuid, at, verb, filter, event_uuid, reason, actor, source, state,
                              matched, changed, skipped)
SELECT :uuid, :now, :verb, :filter, :event_uuid, :reason, :actor, :source, 'open', 0, 0, 0
WHERE NOT EXISTS (SELECT 1 FROM operator_request r
                  WHERE r.event_uuid = :event_uuid AND r.state = 'open' AND r.source = 'ingest')
