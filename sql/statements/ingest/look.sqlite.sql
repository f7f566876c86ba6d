-- All that the verdicts of a batch need, in one round trip.
-- :rows heads
WITH RECURSIVE n(i) AS (SELECT 0 WHERE :heads_n > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :heads_n)
SELECT h.id, h.hash, h.version, h.stamp, h.deleted, h.newest, h.recent
FROM n CROSS JOIN entity_head h ON h.hash = substr(:heads, n.i * 32 + 1, 32)
-- :rows keys
WITH RECURSIVE n(i) AS (SELECT 0 WHERE :keys_n > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :keys_n)
SELECT k.id, k.hash, k.next_seq, k.target, k.held
FROM n CROSS JOIN order_key k ON k.hash = substr(:keys, n.i * 32 + 1, 32)
-- :rows known
WITH RECURSIVE n(i) AS (
    SELECT 0 WHERE :messages_n > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :messages_n)
SELECT e.uuid, e.message_key, e.message_no, e.content_hash, e.rule_version, e.state, e.answer_status
FROM n CROSS JOIN inbox e ON e.message_key = substr(:messages, n.i * 32 + 1, 32)
WHERE e.message_key IS NOT NULL
ORDER BY e.message_no
-- :rows gone
WITH RECURSIVE n(i) AS (SELECT 0 WHERE :heads_n > 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :heads_n)
SELECT h.hash, e.uuid, e.state
FROM n CROSS JOIN entity_head h ON h.hash = substr(:heads, n.i * 32 + 1, 32)
CROSS JOIN inbox e ON e.head_id = h.id AND e.state IN ('dead', 'discarded')
