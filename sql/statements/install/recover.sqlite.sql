-- After commits were lost nobody knows what was done of the live events: each is looked up before it is
-- tried. What a person had said of a letter was said of another database: it is to be said again.
-- Every leader is deposed, so that none goes on with what it holds.
-- :do
UPDATE leader SET epoch = epoch + 1
-- :do
INSERT INTO counter (name, value)
SELECT 'recover.letters', (SELECT COALESCE(MAX(id), 0) FROM dead_letter) WHERE true
ON CONFLICT (name) DO UPDATE SET value = excluded.value
-- :do
UPDATE dead_letter SET reason = 'unknown' WHERE state = 'open' AND reason = 'not_applied'
-- :do
UPDATE sync_queue SET unknown_at = :now
WHERE state IN (0, 1, 3, 5) AND unknown_at IS NULL
-- :rows marked
SELECT changes() AS n
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, old, new, reason, host, config_version,
                         row_hash)
VALUES (:now, :action, :actor, :source, :entity, :old, :new, :reason, :host, :config_version,
        :row_hash)
