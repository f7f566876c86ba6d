-- Somebody says something of a letter or of a group of them, or takes it over; on record.
-- :do
INSERT INTO letter_note (at, event_uuid, fingerprint, kind, text, actor, host)
VALUES (:now, :event_uuid, :fingerprint, :kind, :text, :actor, :host)
-- :do
INSERT INTO audit_trail (event_id, event_uuid, at, action, actor, source, entity, entity_text, old,
                         new, reason, config_version, row_hash, host, fields)
VALUES ((SELECT id FROM inbox WHERE uuid = :event_uuid), :event_uuid, :now, :action, :actor, :source,
        :entity, :entity_text, :old, :new, :reason, :config_version, :row_hash, :host, :fields)
