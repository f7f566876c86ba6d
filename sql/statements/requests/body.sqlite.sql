-- An event with its body, for whoever edits it.
-- :rows event
SELECT i.uuid, i.source, i.entity, i.entity_text, i.kind, i.operation, i.channel, i.state, p.body,
       p.media_type, p.pointer, p.erased_at
FROM inbox i JOIN payload p ON p.event_id = i.id WHERE i.uuid = :uuid
-- :rows last
SELECT d.state, d.reason, d.closed_at, d.closed_by
FROM inbox i JOIN dead_letter d ON d.event_id = i.id
WHERE i.uuid = :uuid ORDER BY d.id DESC LIMIT 1
