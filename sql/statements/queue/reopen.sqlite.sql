-- A probe found nothing and the command may be repeated: its probe is closed and the repeat opened
-- in one transaction, so that the row is never without an open attempt while it runs.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each closes all
UPDATE sync_attempt SET closed_at = :now, outcome = :outcome, decision = :decision, rule = :rule,
       rule_version = :rule_version, status = :status, error_class = :error_class,
       message = :message, duration_ms = :duration_ms, detail_hash = :detail_hash
WHERE event_id = :event_id AND number = :number AND closed_at IS NULL
-- :do
DELETE FROM temp.picked
-- :each closes
INSERT INTO temp.picked (id, runs)
SELECT id, 1 FROM sync_attempt WHERE event_id = :event_id AND number = :number
-- :do
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'close', r.ids, r.h,
       seal_hash(p.hash, r.h, p.seq + 1, :epoch, 'close'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p,
     (SELECT group_concat(ref) AS ids, sha256(group_concat(line, ';')) AS h
      FROM (SELECT a.event_id || '.' || a.number AS ref,
                   'c|' || a.event_id || '|' || a.number || '|' || a.outcome || '|' || a.decision
                   || '|' || a.closed_at || '|' || a.detail_hash
                   || COALESCE('|s|' || a.sent_at, '') AS line
            FROM temp.picked k CROSS JOIN sync_attempt a ON a.id = k.id
            ORDER BY a.event_id, a.number)) r
WHERE r.ids IS NOT NULL
-- :each reopened all
UPDATE sync_queue SET attempts = attempts + 1, tries = tries + 1
WHERE id = :queue_id AND state = 2 AND epoch = :epoch AND token = :token
-- :do
DELETE FROM temp.picked
-- :each reopened
INSERT INTO temp.picked (id, runs) VALUES (:queue_id, 1)
-- :do
INSERT INTO sync_attempt (event_id, number, kind, target, epoch, alone, opened_at, config_version)
SELECT q.event_id, q.attempts, 'write', q.target, :epoch, q.alone, :now, :config_version
FROM temp.picked k CROSS JOIN sync_queue q ON q.id = k.id
-- :do
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'open', r.ids, r.h, seal_hash(p.hash, r.h, p.seq + 1, :epoch, 'open'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p,
     (SELECT group_concat(ref) AS ids, sha256(group_concat(line, ';')) AS h
      FROM (SELECT a.event_id || '.' || a.number AS ref,
                   'o|' || a.event_id || '|' || a.number || '|' || a.kind || '|' || a.target || '|'
                   || a.epoch || '|' || a.alone || '|' || a.opened_at || '|'
                   || a.config_version AS line
            FROM temp.picked k CROSS JOIN sync_queue q ON q.id = k.id
            JOIN sync_attempt a ON a.event_id = q.event_id AND a.number = q.attempts
            WHERE k.runs = 1 ORDER BY a.event_id, a.number)) r
WHERE r.ids IS NOT NULL
