-- The rows that links of a page name: attempts, and the changes that they made.
-- :rows attempts
SELECT a.id, a.event_id, a.number, a.kind, a.target, a.epoch, a.alone, a.opened_at, a.sent_at,
       a.closed_at, a.outcome, a.decision, a.rule, a.rule_version, a.status, a.error_class,
       a.message, a.duration_ms, a.request_hash, a.answer_hash, a.version, a.detail_hash,
       a.config_version
FROM json_each(:refs) r JOIN sync_attempt a
  ON a.event_id = CAST(substr(r.value, 1, instr(r.value, '.') - 1) AS INTEGER)
 AND a.number = CAST(substr(r.value, instr(r.value, '.') + 1) AS INTEGER)
-- :rows changes
SELECT t.id, t.event_id, t.attempt AS number, t.action, t.at, t.row_hash, t.event_uuid, t.actor, t.source, t.entity, t.entity_text, t.old,
       t.new, t.reason, t.host
FROM json_each(:refs) r JOIN audit_trail t
  ON t.event_id = CAST(substr(r.value, 1, instr(r.value, '.') - 1) AS INTEGER)
 AND t.attempt = CAST(substr(r.value, instr(r.value, '.') + 1) AS INTEGER)
ORDER BY t.id
