-- The oldest unfinished wish to erase, to restore or to prune.
-- :rows asked
SELECT id, uuid, verb, filter, reason, actor, host, source, cursor_id, matched, changed, skipped
FROM operator_request
WHERE state IN ('open', 'running') AND verb IN ('erase', 'restore', 'prune') ORDER BY id LIMIT 1
