-- An archived event returns, at its end, with its body and its deliveries; its attempts stay in the
-- archive. Where its message id has come again since, that one keeps it.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
UPDATE operator_request
SET state = :request_state, matched = 1, changed = :changed, skipped = 1 - :changed,
    result = :result, started_at = :now, ended_at = :now
WHERE id = :request_id AND state IN ('open', 'running')
-- :each inbox
INSERT INTO inbox (uuid, accepted_at, source, entity, entity_text, kind, operation, channel, verdict,
                   head_id, key_id, seq, message_key, message_no, message_id, owner, content_hash,
                   rule_version, stamp, late, state, ended_at, answer_status, trace, config_version,
                   ended_by, edited_from)
SELECT :uuid, :accepted_at, :source, :entity, :entity_text, :kind, :operation, :channel, :verdict,
       :head_id, :key_id, :seq,
       CASE WHEN NOT EXISTS (SELECT 1 FROM inbox o WHERE o.message_key = :message_key) THEN :message_key END,
       :message_no, :message_id, :owner, :content_hash, :rule_version, :stamp, :late, :state, :ended_at,
       :answer_status, :trace, :config_version, :ended_by, :edited_from
-- :each payload
INSERT INTO payload (event_id, body, media_type, pointer, answer, erased_at)
SELECT i.id, :body, :media_type, :pointer, :answer, :erased_at FROM inbox i WHERE i.uuid = :event_uuid
-- :each deliveries
INSERT INTO delivery (uuid, received_at, source, entity, entity_text, channel, verdict, rule,
                      rule_version, reason, content_hash, stamp, event_uuid, message_id, remote,
                      user_agent, headers, config_version, seen, last_at)
SELECT :uuid, :received_at, :source, :entity, :entity_text, :channel, :verdict, :rule, :rule_version,
       :reason, :content_hash, :stamp, :event_uuid, :message_id, :remote, :user_agent, :headers,
       :config_version, :seen, :last_at
WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.uuid = :uuid)
-- :each inbox
UPDATE counter SET value = value - 1 WHERE name = 'pruned.' || :state
-- :each trail
INSERT INTO audit_trail (event_uuid, at, action, actor, source, entity, entity_text, reason, host,
                         config_version, row_hash)
VALUES (:event_uuid, :now, :action, :actor, :source, :entity, :entity_text, :reason, :host,
        :config_version, :row_hash)
