-- Every key that was ever made, so that a revoked one still has an owner for the record; the newest.
-- :rows keys
SELECT uuid, owner, role, hash, expires_at, revoked_at FROM api_key ORDER BY id DESC LIMIT :n
