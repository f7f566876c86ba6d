-- A person ends what a person, a refused login, or the adoption of a copy, has paused. A breaker closes itself.
-- :optional host
-- :rows ended
SELECT kind, reason, actor, since FROM pause
WHERE kind IN ('operator', 'auth', 'copy') AND target IS :target AND entity IS :entity ORDER BY id
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, reason, config_version, row_hash,
                         host)
SELECT :now, :action, :actor, :on_target, :on_entity, :reason, :config_version, :row_hash, :host
WHERE EXISTS (SELECT 1 FROM pause WHERE kind IN ('operator', 'auth', 'copy') AND target IS :target
              AND entity IS :entity)
-- :do
DELETE FROM pause
WHERE kind IN ('operator', 'auth', 'copy') AND target IS :target AND entity IS :entity
