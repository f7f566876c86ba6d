-- A person says what this database is here: a copy, in which nothing may leave on its own; or one that
-- was restored, of whose live events nobody knows what was done after the backup, nor whether what was
-- said of its letters before still holds; or the same, moved.
-- Every leader is deposed, so that none goes on as it did elsewhere.
-- :do
UPDATE leader SET epoch = epoch + 1
-- :do
INSERT INTO install (id, uuid, server, database_name, environment, since)
SELECT 1, :uuid, :server, :database_name, :environment, :now
WHERE NOT EXISTS (SELECT 1 FROM install)
-- :do
UPDATE install SET uuid = CASE WHEN :adopted_as = 'copy' THEN :uuid ELSE uuid END, server = :server,
       database_name = :database_name, environment = :environment, since = :now,
       adopted_as = :adopted_as, adopted_by = :actor, last_good = :last_good
-- :do
INSERT INTO pause (kind, reason, actor, since)
SELECT 'copy', :pause_reason, :actor, :now
WHERE :adopted_as = 'copy' AND NOT EXISTS (SELECT 1 FROM pause WHERE kind = 'copy')
-- :do
UPDATE subscription SET enabled = 0, reason = :silent_reason, changed_at = :now
WHERE :adopted_as = 'copy' AND enabled = 1
-- :do
INSERT INTO counter (name, value)
SELECT 'install.copy', 1 WHERE :adopted_as = 'copy' ON CONFLICT (name) DO NOTHING
-- :do
INSERT INTO counter (name, value)
SELECT 'recover.letters', (SELECT COALESCE(MAX(id), 0) FROM dead_letter) WHERE :adopted_as = 'restored'
UNION ALL
SELECT 'recover.events', (SELECT COALESCE(MAX(id), 0) FROM inbox) WHERE :adopted_as = 'restored'
UNION ALL
SELECT 'recover.attempts', (SELECT COALESCE(MAX(id), 0) FROM sync_attempt) WHERE :adopted_as = 'restored'
ON CONFLICT (name) DO UPDATE SET value = excluded.value
-- :do
UPDATE dead_letter SET reason = 'unknown'
WHERE :adopted_as = 'restored' AND state = 'open' AND reason = 'not_applied'
-- :do
UPDATE dead_letter SET request_id = NULL
WHERE :adopted_as = 'restored' AND request_id IN (
    SELECT id FROM operator_request WHERE verb = 'resolve' AND state IN ('open', 'running', 'paused'))
-- :do
UPDATE operator_request SET state = 'cancelled', ended_at = :now, wake_at = NULL,
       skipped = matched - changed,
       result = '{"error":"commits were lost after it was asked for: look again, and ask again"}'
WHERE :adopted_as = 'restored' AND verb = 'resolve' AND state IN ('open', 'running', 'paused')
-- :do
UPDATE sync_queue SET unknown_at = :now
WHERE :adopted_as = 'restored' AND state IN (0, 1, 3, 5) AND unknown_at IS NULL
-- :rows marked
SELECT changes() AS n
-- :do
INSERT INTO audit_trail (at, action, actor, source, entity, old, new, reason, host, config_version,
                         row_hash)
VALUES (:now, :action, :actor, :source, :entity, :old, :new, :reason, :host, :config_version,
        :row_hash)
