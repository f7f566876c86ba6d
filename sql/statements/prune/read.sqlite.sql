-- All that is on record of some events, for the archive.
-- :rows inbox
SELECT i.* FROM json_each(:ids) r CROSS JOIN inbox i ON i.id = r.value
-- :rows payload
SELECT p.* FROM json_each(:ids) r CROSS JOIN payload p ON p.event_id = r.value
-- :rows delivery
SELECT d.* FROM json_each(:ids) r CROSS JOIN inbox i ON i.id = r.value
CROSS JOIN delivery d ON d.event_uuid = i.uuid ORDER BY d.id
-- :rows sync_attempt
SELECT a.* FROM json_each(:ids) r CROSS JOIN sync_attempt a ON a.event_id = r.value ORDER BY a.id
-- :rows attempt_body
SELECT b.* FROM json_each(:ids) r CROSS JOIN attempt_body b ON b.event_id = r.value
-- :rows dead_letter
SELECT l.* FROM json_each(:ids) r CROSS JOIN dead_letter l ON l.event_id = r.value ORDER BY l.id
-- :rows letter_note
SELECT n.* FROM json_each(:ids) r CROSS JOIN inbox i ON i.id = r.value
CROSS JOIN letter_note n ON n.event_uuid = i.uuid ORDER BY n.id
-- :rows audit_trail
SELECT t.* FROM json_each(:ids) r CROSS JOIN audit_trail t ON t.event_id = r.value ORDER BY t.id
