-- Somebody was told, or could not be.
-- :each sent
UPDATE alert SET sent_at = :now, sent_error = :error WHERE id = :id
