-- The order keys that go by a text, or that an event has; several may share a text.
-- :rows keys
SELECT id, text, held FROM order_key WHERE text = :text
UNION SELECT k.id, k.text, k.held FROM inbox i JOIN order_key k ON k.id = i.key_id WHERE i.uuid = :text
LIMIT 10
