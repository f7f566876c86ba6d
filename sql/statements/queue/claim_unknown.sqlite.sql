-- Due rows of unknown outcome are looked up: a probe is opened. alone = 1 takes those that were
-- open at a crash. What came of the last write that was sent is either in doubt, or known; then it is
-- a recovery that made the row unknown, and whatever was lost was sent before that. A repeat whose
-- own answer is known (refused) is not that write: the one before it is in doubt, since it was sent.
-- A repeat that died with its process asked what the unanswered write before it had asked.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
DELETE FROM temp.picked
-- :do
INSERT INTO temp.picked (id, runs)
SELECT id, 1 FROM sync_queue WHERE state IN (3, 4) AND state = 4 AND due_at <= :now AND alone = :alone
  AND target = :target
ORDER BY due_at, id LIMIT :n
-- :do
UPDATE sync_queue SET state = 2, epoch = :epoch, token = :token, attempts = attempts + 1,
       first_at = after(first_at, seconds_between(:now, due_at)),
       unknown_at = after(unknown_at, seconds_between(:now, due_at))
WHERE id IN (SELECT id FROM temp.picked)
-- :do
INSERT INTO sync_attempt (event_id, number, kind, target, epoch, alone, opened_at, config_version)
SELECT q.event_id, q.attempts, 'probe', q.target, :epoch, q.alone, :now, :config_version
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
-- :rows claimed
SELECT q.priority, q.id AS queue_id, q.event_id, q.key_id, q.seq, q.target, q.attempts, q.tries,
       q.first_at, q.unknown_at, q.alone, q.crashes, q.needs_until, q.deadline_at,
       i.uuid, i.source, i.entity, i.entity_text, i.kind, i.operation, i.head_id, i.owner, i.trace,
       i.accepted_at, p.body, p.media_type, p.pointer, o.hash AS key_hash,
       CASE WHEN r.number IS NULL THEN w.version ELSE r.version END AS write_version,
       COALESCE(w.sent_at, q.unknown_at) AS write_sent_at, b.request AS write_request,
       w.config_version AS write_config
FROM temp.picked k
CROSS JOIN sync_queue q ON q.id = k.id
JOIN inbox i ON i.id = q.event_id
JOIN payload p ON p.event_id = q.event_id
JOIN order_key o ON o.id = q.key_id
LEFT JOIN sync_attempt w ON w.event_id = q.event_id AND w.number = (
    SELECT MAX(x.number) FROM sync_attempt x
    WHERE x.event_id = q.event_id AND x.kind = 'write' AND x.sent_at IS NOT NULL
      AND x.number < q.attempts AND NOT (x.decision = 'indoubt' AND x.outcome <> 'unknown'))
    AND w.decision IN ('indoubt', 'crashed')
LEFT JOIN sync_attempt r ON r.event_id = q.event_id AND r.number = (
    SELECT MAX(x.number) FROM sync_attempt x
    WHERE x.event_id = q.event_id AND x.kind = 'write' AND x.outcome = 'unknown'
      AND x.decision = 'indoubt' AND x.number <= w.number AND NOT EXISTS (
        SELECT 1 FROM sync_attempt y WHERE y.event_id = x.event_id AND y.number > x.number
          AND y.number < q.attempts AND y.decision NOT IN ('indoubt', 'crashed', 'repeated')))
LEFT JOIN attempt_body b ON b.event_id = w.event_id AND b.number = COALESCE(r.number, w.number)
WHERE k.runs = 1
