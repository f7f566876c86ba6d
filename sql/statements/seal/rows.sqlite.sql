-- The rows that links of a page name: attempts, and the changes that they made.
-- :rows attempts
SELECT a.event_id, a.number, a.kind, a.target, a.epoch, a.alone, a.opened_at, a.closed_at, a.outcome,
       a.decision, a.detail_hash
FROM json_each(:refs) r JOIN sync_attempt a
  ON a.event_id = CAST(substr(r.value, 1, instr(r.value, '.') - 1) AS INTEGER)
 AND a.number = CAST(substr(r.value, instr(r.value, '.') + 1) AS INTEGER)
-- :rows changes
SELECT t.event_id, t.attempt AS number, t.action, t.at, t.row_hash, t.event_uuid, t.actor, t.source,
       t.entity, t.entity_text, t.old, t.new, t.reason
FROM json_each(:refs) r JOIN audit_trail t
  ON t.event_id = CAST(substr(r.value, 1, instr(r.value, '.') - 1) AS INTEGER)
 AND t.attempt = CAST(substr(r.value, instr(r.value, '.') + 1) AS INTEGER)
