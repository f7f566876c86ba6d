-- A person lets a subscription be told again, or no more.
-- :optional host
-- :rows changed
SELECT name FROM subscription WHERE name = :name AND enabled <> :enabled
-- :do
UPDATE subscription
SET enabled = :enabled, reason = CASE WHEN :enabled = 0 THEN :why END, changed_at = :now
WHERE name = :name AND enabled <> :enabled
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, entity_text, reason, host, config_version,
                         row_hash)
SELECT :now, :action, :actor, 'tidegate', 'subscription', :name, :reason, :host, :config_version,
       :row_hash
WHERE changes() > 0
