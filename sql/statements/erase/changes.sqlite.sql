-- Of the next so many changes on record those of one entity whose event has left the database.
-- :rows changes
SELECT w.id, w.event_id, w.entity_text
FROM (SELECT id, event_id, action, source, entity, entity_text FROM audit_trail WHERE id > :cursor_id
      ORDER BY id LIMIT :n) w
WHERE w.source = :source AND w.entity = :entity AND w.entity_text = :entity_id AND w.action <> 'erased'
  AND w.event_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.id = w.event_id)
ORDER BY w.id
-- :rows seen
SELECT COUNT(*) AS n, MAX(id) AS last
FROM (SELECT id FROM audit_trail WHERE id > :cursor_id ORDER BY id LIMIT :n) w
