-- API keys, the newest first; what they are is kept nowhere.
-- :rows keys
SELECT uuid, owner, role, prefix, created_at, created_by, expires_at, revoked_at, revoked_by,
       last_used_at, :now AS now
FROM api_key ORDER BY id DESC LIMIT :n
