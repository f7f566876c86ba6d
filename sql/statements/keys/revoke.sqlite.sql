-- A key opens nothing any more; nothing comes back where it was revoked before.
-- :rows revoked
SELECT uuid FROM api_key WHERE uuid = :uuid AND revoked_at IS NULL
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, entity_text, old, new, reason,
                         config_version, row_hash, host, fields)
SELECT :now, :action, :actor, :source, :entity, :entity_text, :old, :new, :reason,
       :config_version, :row_hash, :host, :fields
WHERE EXISTS (SELECT 1 FROM api_key WHERE uuid = :uuid AND revoked_at IS NULL)
-- :do
UPDATE api_key SET revoked_at = :now, revoked_by = :actor WHERE uuid = :uuid AND revoked_at IS NULL
