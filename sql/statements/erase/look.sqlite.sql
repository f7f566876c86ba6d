-- Of the next so many events those of one entity, and how far that went.
-- :rows events
SELECT w.id, w.uuid, w.state, w.entity_text, p.erased_at
FROM (SELECT id, uuid, state, source, entity, entity_text FROM inbox WHERE id > :cursor_id
      ORDER BY id LIMIT :n) w CROSS JOIN payload p ON p.event_id = w.id
WHERE w.source = :source AND w.entity = :entity AND w.entity_text = :entity_id ORDER BY w.id
-- :rows seen
SELECT COUNT(*) AS n, MAX(id) AS last
FROM (SELECT id FROM inbox WHERE id > :cursor_id ORDER BY id LIMIT :n) w
