-- A person ends what a person, or a refused login, has paused. A breaker closes itself.
-- :rows ended
SELECT kind, reason, actor, since FROM pause
WHERE kind IN ('operator', 'auth') AND target IS :target AND entity IS :entity ORDER BY id
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, reason, config_version, row_hash)
SELECT :now, :action, :actor, :on_target, :on_entity, :reason, :config_version, :row_hash
WHERE EXISTS (SELECT 1 FROM pause WHERE kind IN ('operator', 'auth') AND target IS :target
              AND entity IS :entity)
-- :do
DELETE FROM pause
WHERE kind IN ('operator', 'auth') AND target IS :target AND entity IS :entity
