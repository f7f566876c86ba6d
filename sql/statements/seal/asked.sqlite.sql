-- The changes that links of a page name: those that no attempt made.
-- :rows changes
SELECT t.id, t.event_id, t.action, t.at, t.row_hash, t.event_uuid, t.actor, t.source, t.entity, t.entity_text, t.old,
       t.new, t.reason, t.host
FROM json_each(:ids) r JOIN audit_trail t ON t.id = r.value
