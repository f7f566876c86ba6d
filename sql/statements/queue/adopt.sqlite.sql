-- A new term closes what the old one left open: unknown, to be run alone. What a term of this very
-- process ran (token = survived) is no crash: the process is alive, its store had failed.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
DELETE FROM temp.picked
-- :do
INSERT INTO temp.picked (id, runs) SELECT id, 1 FROM sync_attempt WHERE closed_at IS NULL
-- :do
UPDATE sync_queue SET state = 4, due_at = :now, unknown_at = COALESCE(unknown_at, :now),
       crashes = crashes + CASE WHEN token = :survived THEN 0 ELSE
                 COALESCE((SELECT a.alone FROM sync_attempt a
                           WHERE a.event_id = sync_queue.event_id
                             AND a.number = sync_queue.attempts), 0) END,
       alone = 1
WHERE state = 2
-- :do
UPDATE sync_attempt SET closed_at = :now, outcome = 'unknown', decision = 'crashed', rule = 'crash',
       rule_version = 1, detail_hash = '', sent_at = COALESCE(sent_at, after(:last_beat, :trust_s))
WHERE id IN (SELECT id FROM temp.picked)
-- :do
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'crash', r.ids, r.h,
       seal_hash(p.hash, r.h, p.seq + 1, :epoch, 'crash'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p,
     (SELECT group_concat(ref) AS ids, sha256(group_concat(line, ';')) AS h
      FROM (SELECT a.event_id || '.' || a.number AS ref,
                   'c|' || a.event_id || '|' || a.number || '|' || a.outcome || '|' || a.decision
                   || '|' || a.closed_at || '|' || a.detail_hash
                   || COALESCE('|s|' || a.sent_at, '') AS line
            FROM temp.picked k CROSS JOIN sync_attempt a ON a.id = k.id
            ORDER BY a.event_id, a.number)) r
WHERE r.ids IS NOT NULL
-- :rows adopted
SELECT COUNT(*) AS n FROM temp.picked
