-- The keys that go by an id or by a prefix; more than one share a prefix by chance only.
-- :rows keys
SELECT uuid, owner, role, prefix, created_at, created_by, expires_at, revoked_at, revoked_by,
       last_used_at, :now AS now
FROM api_key WHERE uuid = :uuid OR prefix = :prefix ORDER BY id
