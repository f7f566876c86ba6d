-- What stands still now, and why.
-- :rows pauses
SELECT target, entity, kind, reason, actor, since, until_at, probe_at
FROM pause WHERE until_at IS NULL OR until_at > :now ORDER BY id
