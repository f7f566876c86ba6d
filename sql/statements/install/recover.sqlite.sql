-- After commits were lost nobody knows what was done of the live events: each is looked up before it is
-- tried. What a person had said of a letter was said of another database: it is to be said again, even
-- where nobody had come to it yet.
-- Every leader is deposed, so that none goes on with what it holds.
-- :do
UPDATE leader SET epoch = epoch + 1
-- :do
INSERT INTO counter (name, value)
SELECT 'recover.letters', (SELECT COALESCE(MAX(id), 0) FROM dead_letter)
UNION ALL SELECT 'recover.events', (SELECT COALESCE(MAX(id), 0) FROM inbox)
UNION ALL SELECT 'recover.attempts', (SELECT COALESCE(MAX(id), 0) FROM sync_attempt) WHERE true
ON CONFLICT (name) DO UPDATE SET value = excluded.value
-- :do
UPDATE dead_letter SET reason = 'unknown' WHERE state = 'open' AND reason = 'not_applied'
-- :do
UPDATE dead_letter SET request_id = NULL
WHERE request_id IN (
    SELECT id FROM operator_request WHERE verb = 'resolve' AND state IN ('open', 'running', 'paused'))
-- :do
UPDATE operator_request SET state = 'cancelled', ended_at = :now, wake_at = NULL,
       skipped = matched - changed,
       result = '{"error":"commits were lost after it was asked for: look again, and ask again"}'
WHERE verb = 'resolve' AND state IN ('open', 'running', 'paused')
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
