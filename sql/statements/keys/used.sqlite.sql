-- When keys were last used, to the minute.
-- :each used
UPDATE api_key SET last_used_at = substr(:now, 1, 17) || '00.000000' WHERE uuid = :uuid
