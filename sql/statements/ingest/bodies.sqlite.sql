-- The stored bodies of some events, with what was hashed beside them.
-- :rows bodies
SELECT e.uuid, e.operation, e.stamp, p.body, p.media_type, p.pointer
FROM json_each(:uuids) u CROSS JOIN inbox e ON e.uuid = u.value
CROSS JOIN payload p ON p.event_id = e.id
WHERE p.erased_at IS NULL
