-- A person has seen it; the record says who.
-- :rows alerts
SELECT id, code, subject FROM alert
WHERE code = :code AND (:subject IS NULL OR subject = :subject) AND cleared_at IS NULL
  AND acknowledged_at IS NULL ORDER BY id
-- :do
UPDATE alert SET acknowledged_at = :now, acknowledged_by = :actor
WHERE code = :code AND (:subject IS NULL OR subject = :subject) AND cleared_at IS NULL
  AND acknowledged_at IS NULL
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, entity_text, reason, host, config_version,
                         row_hash)
SELECT :now, 'acknowledged', :actor, 'tidegate', 'alert', :code, :reason, :host, :config_version, :row_hash
WHERE changes() > 0
