-- The leader ends a pause of its own.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, reason, config_version, row_hash)
SELECT :now, :action, :actor, :on_target, :on_entity, :reason, :config_version, :row_hash
WHERE EXISTS (SELECT 1 FROM pause WHERE kind = :kind AND target IS :target AND entity IS :entity)
-- :do
DELETE FROM pause WHERE kind = :kind AND target IS :target AND entity IS :entity
