-- The leader makes a target, or an entity of it, stand still; what does already keeps its beginning.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, reason, config_version, row_hash)
SELECT :now, :action, :actor, :on_target, :on_entity, :reason, :config_version, :row_hash
WHERE NOT EXISTS (SELECT 1 FROM pause
                  WHERE kind = :kind AND target IS :target AND entity IS :entity)
-- :do
UPDATE pause SET reason = :reason, probe_at = after(:now, :probe_in_s)
WHERE kind = :kind AND target IS :target AND entity IS :entity
-- :do
INSERT INTO pause (target, entity, kind, reason, actor, since, probe_at)
SELECT :target, :entity, :kind, :reason, :actor, :now, after(:now, :probe_in_s)
WHERE NOT EXISTS (SELECT 1 FROM pause
                  WHERE kind = :kind AND target IS :target AND entity IS :entity)
