-- A new API key, by its digest, and who made it.
-- :do
INSERT INTO api_key (uuid, owner, role, prefix, hash, created_at, created_by, expires_at)
VALUES (:uuid, :owner, :role, :prefix, :hash, :now, :actor, :expires_at)
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, entity_text, old, new, reason,
                         config_version, row_hash, host, fields)
VALUES (:now, :action, :actor, :source, :entity, :entity_text, :old, :new, :reason,
        :config_version, :row_hash, :host, :fields)
