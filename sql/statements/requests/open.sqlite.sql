-- The oldest requests that nobody has carried out; jobs are not among them, nor what retention does.
-- :rows requests
SELECT id, uuid, verb, filter, event_uuid, reason, actor, host, source
FROM operator_request
WHERE state IN ('open', 'running') AND verb NOT IN ('erase', 'restore', 'prune')
  AND (event_uuid IS NOT NULL OR verb NOT IN ('replay', 'skip', 'discard', 'resolve'))
ORDER BY id LIMIT :n
