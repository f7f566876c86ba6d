-- The order keys with one of these hashes, or that an event has.
-- :rows keys
WITH RECURSIVE n(i) AS (
    SELECT 0 WHERE :hashes_n > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :hashes_n)
SELECT k.id, k.text, k.held FROM n CROSS JOIN order_key k ON k.hash = substr(:hashes, n.i * 32 + 1, 32)
UNION SELECT k.id, k.text, k.held FROM inbox i JOIN order_key k ON k.id = i.key_id WHERE i.uuid = :uuid
LIMIT 10
