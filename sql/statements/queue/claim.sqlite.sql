-- The first ready rows of one target start to run, each with an open attempt; those behind another
-- event of their key are demoted to waiting, once each. Of a run of full states of one entity at the
-- front of a key the last is claimed, and those before it end as superseded. What a recovery has marked
-- (ready, since when it is unknown) does not run, but is to be looked up.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
UPDATE sync_queue SET state = 0, needs_hash = NULL
WHERE id IN (SELECT id FROM sync_queue WHERE state IN (3, 4) AND state = 3
             AND due_at <= :now ORDER BY due_at LIMIT 100)
-- :do
DELETE FROM temp.picked
-- :do
INSERT INTO temp.picked (id, runs)
SELECT q.id, (NOT EXISTS (SELECT 1 FROM sync_queue l WHERE l.key_id = q.key_id AND l.seq < q.seq)
              AND (SELECT o.held FROM order_key o WHERE o.id = q.key_id) = 0)
             * CASE WHEN q.unknown_at IS NULL THEN 1 ELSE 2 END
FROM sync_queue q
WHERE q.state = 0 AND q.target = :target
  AND (q.deadline_at IS NULL OR q.deadline_at > :now OR q.unknown_at IS NOT NULL)
ORDER BY q.priority, q.id LIMIT :n
-- :do
DELETE FROM temp.merged
-- :do
WITH RECURSIVE run (first, n, id, event_id, key_id, seq) AS (
    SELECT q.id, 0, q.id, q.event_id, q.key_id, q.seq
    FROM temp.picked k CROSS JOIN sync_queue q ON q.id = k.id
    WHERE k.runs = 1 AND q.merges = 1 AND q.unknown_at IS NULL
    UNION ALL
    SELECT r.first, r.n + 1, f.id, f.event_id, f.key_id, f.seq
    FROM run r
    CROSS JOIN sync_queue f ON f.id = (SELECT x.id FROM sync_queue x
                                       WHERE x.key_id = r.key_id AND x.seq > r.seq
                                       ORDER BY x.seq LIMIT 1)
    CROSS JOIN inbox i ON i.id = r.event_id
    CROSS JOIN inbox j ON j.id = f.event_id
    WHERE f.merges = 1 AND f.state IN (0, 1) AND f.unknown_at IS NULL AND j.head_id = i.head_id
      AND r.n < 1000)
INSERT INTO temp.merged (id, by_id)
SELECT id, by_id
FROM (SELECT r.id, FIRST_VALUE(r.id) OVER (PARTITION BY r.first ORDER BY r.n DESC) AS by_id
      FROM run r)
WHERE id <> by_id
-- :rows superseded
SELECT i.uuid FROM temp.merged m CROSS JOIN sync_queue q ON q.id = m.id
CROSS JOIN inbox i ON i.id = q.event_id ORDER BY q.id
-- :do
UPDATE inbox AS i SET state = 'superseded', ended_at = :now, ended_by = v.uuid
FROM (SELECT q.event_id, j.uuid FROM temp.merged m CROSS JOIN sync_queue q ON q.id = m.id
      CROSS JOIN sync_queue l ON l.id = m.by_id CROSS JOIN inbox j ON j.id = l.event_id) v
WHERE i.id = v.event_id
-- :do
DELETE FROM sync_queue WHERE id IN (SELECT id FROM temp.merged)
-- :do
INSERT OR REPLACE INTO temp.picked (id, runs) SELECT DISTINCT by_id, 1 FROM temp.merged
-- :do
DELETE FROM temp.picked WHERE id IN (SELECT id FROM temp.merged)
-- :do
UPDATE sync_queue SET state = CASE WHEN EXISTS (
           SELECT 1 FROM sync_queue l WHERE l.key_id = sync_queue.key_id AND l.seq < sync_queue.seq)
       THEN 1 ELSE 5 END
WHERE id IN (SELECT id FROM temp.picked WHERE runs = 0)
-- :do
UPDATE sync_queue SET state = 4, due_at = :now
WHERE id IN (SELECT id FROM temp.picked WHERE runs = 2)
-- :do
UPDATE sync_queue SET state = 2, epoch = :epoch, token = :token, attempts = attempts + 1,
       tries = tries + 1, due_at = NULL,
       first_at = CASE WHEN first_at IS NULL THEN :now
                       WHEN due_at < :now THEN after(first_at, seconds_between(:now, due_at))
                       ELSE first_at END
WHERE id IN (SELECT id FROM temp.picked WHERE runs = 1)
-- :do
INSERT INTO sync_attempt (event_id, number, kind, target, epoch, alone, opened_at, config_version)
SELECT q.event_id, q.attempts, 'write', q.target, :epoch, 0, :now, :config_version
FROM temp.picked k CROSS JOIN sync_queue q ON q.id = k.id WHERE k.runs = 1
-- :do
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'open', r.ids, r.h, seal_hash(p.hash, r.h, p.seq + 1, :epoch, 'open'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p,
     (SELECT group_concat(ref) AS ids, sha256(group_concat(line, ';')) AS h
      FROM (SELECT q.event_id || '.' || q.attempts AS ref,
                   'o|' || q.event_id || '|' || q.attempts || '|write|' || q.target || '|' || :epoch
                   || '|0|' || :now || '|' || :config_version AS line
            FROM temp.picked k CROSS JOIN sync_queue q ON q.id = k.id
            WHERE k.runs = 1 ORDER BY q.event_id, q.attempts)) r
WHERE r.ids IS NOT NULL
-- :rows claimed
SELECT q.priority, q.id AS queue_id, q.event_id, q.key_id, q.seq, q.target, q.attempts, q.tries,
       q.first_at, q.unknown_at, q.alone, q.crashes, q.needs_until, q.deadline_at,
       i.uuid, i.source, i.entity, i.entity_text, i.kind, i.operation, i.head_id, i.owner, i.trace,
       i.accepted_at, p.body, p.media_type, p.pointer, o.hash AS key_hash,
       w.version AS write_version,
       w.sent_at AS write_sent_at, b.request AS write_request
FROM temp.picked k
CROSS JOIN sync_queue q ON q.id = k.id
JOIN inbox i ON i.id = q.event_id
JOIN payload p ON p.event_id = q.event_id
JOIN order_key o ON o.id = q.key_id
LEFT JOIN sync_attempt w ON w.event_id = q.event_id AND w.number = CASE WHEN q.attempts > 1 THEN (
    SELECT MAX(x.number) FROM sync_attempt x
    WHERE x.event_id = q.event_id AND x.kind = 'write' AND x.sent_at IS NOT NULL
      AND x.number < q.attempts) END
LEFT JOIN attempt_body b ON b.event_id = w.event_id AND b.number = w.number
WHERE k.runs = 1
-- :rows demoted
SELECT COUNT(*) AS n FROM temp.picked WHERE runs = 0
