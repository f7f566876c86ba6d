-- An order key as it stands.
-- :rows key
SELECT id, text, held FROM order_key WHERE id = :id
