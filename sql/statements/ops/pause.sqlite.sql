-- A person makes a target, an entity of it, or everything stand still; an earlier pause of the same
-- by a person ends with it.
-- :optional host
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, reason, config_version, row_hash,
                         host)
SELECT :now, :action, :actor, :on_target, :on_entity, :reason, :config_version, :row_hash, :host
-- :do
DELETE FROM pause WHERE kind = 'operator' AND target IS :target AND entity IS :entity
-- :do
INSERT INTO pause (target, entity, kind, reason, actor, since, until_at)
VALUES (:target, :entity, 'operator', :reason, :actor, :now, :until_at)
