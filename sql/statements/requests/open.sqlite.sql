-- The oldest requests that nobody has carried out.
-- :rows requests
SELECT id, uuid, verb, filter, event_uuid, reason, actor, host, source
FROM operator_request WHERE state IN ('open', 'running') ORDER BY id LIMIT :n
