-- All that the verdicts of a batch need, in one round trip; what nothing of the batch is about is
-- not asked.
-- :optional backlog
-- :rows heads if heads
WITH RECURSIVE n(at) AS (
    SELECT 1 WHERE :heads_n > 0 UNION ALL SELECT at + 32 FROM n WHERE at < :heads_n * 32 - 31)
SELECT h.id, h.hash, h.version, h.stamp, h.deleted, h.newest, h.recent, e.uuid AS gone,
       e.state AS gone_state
FROM n CROSS JOIN entity_head h ON h.hash = substr(:heads, n.at, 32)
LEFT JOIN inbox e ON e.head_id = h.id AND e.state IN ('dead', 'discarded')
-- :rows keys if keys
WITH RECURSIVE n(at) AS (
    SELECT 1 WHERE :keys_n > 0 UNION ALL SELECT at + 32 FROM n WHERE at < :keys_n * 32 - 31)
SELECT k.id, k.hash, k.next_seq, k.target, k.held
FROM n CROSS JOIN order_key k ON k.hash = substr(:keys, n.at, 32)
-- :rows known if messages
WITH RECURSIVE n(at) AS (
    SELECT 1 WHERE :messages_n > 0 UNION ALL SELECT at + 32 FROM n WHERE at < :messages_n * 32 - 31)
SELECT e.uuid, e.message_key, e.message_no, e.content_hash, e.rule_version, e.state, e.answer_status
FROM n CROSS JOIN inbox e ON e.message_key = substr(:messages, n.at, 32)
WHERE e.message_key IS NOT NULL
ORDER BY e.message_no
-- :rows blocked if command_keys
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :command_keys_n)
SELECT k.hash, k.held, e.uuid, q.state AS row_state, e.state,
       COALESCE(q.unknown_at, (SELECT MAX(l.born_at) FROM dead_letter l
                               WHERE l.event_id = q.event_id AND l.state = 'open'), q.first_at) AS since,
       q.due_at
FROM n CROSS JOIN order_key k ON k.hash = substr(:command_keys, n.i * 32 + 1, 32)
LEFT JOIN sync_queue q ON q.id = (
    SELECT b.id FROM sync_queue b
    WHERE b.key_id = k.id AND b.state IN (4, 5) ORDER BY b.seq LIMIT 1)
LEFT JOIN inbox e ON e.id = q.event_id
WHERE q.id IS NOT NULL OR k.held = 1
-- :rows pauses if command_keys
SELECT target, entity, kind, reason, since, until_at, probe_at
FROM pause WHERE until_at IS NULL OR until_at > :now ORDER BY id
-- :rows backlog if command_keys
SELECT COUNT(*) AS n FROM (
    SELECT 1 FROM sync_queue WHERE state IN (0, 1, 3)
    LIMIT CASE WHEN :backlog > 0 THEN :backlog + 1 ELSE 0 END)
