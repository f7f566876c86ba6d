-- The first ready dispatches start to be sent; those behind a live one of their key wait.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'relay' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
UPDATE dispatch SET state = 0, due_at = NULL
WHERE id IN (SELECT id FROM dispatch WHERE state = 3 AND due_at <= :now ORDER BY due_at LIMIT 100)
-- :do
DELETE FROM temp.picked
-- :do
INSERT INTO temp.picked (id, runs)
SELECT d.id, NOT EXISTS (SELECT 1 FROM dispatch l WHERE l.dkey_id = d.dkey_id AND l.no < d.no
                         AND l.state IN (0, 1, 2, 3))
FROM dispatch d WHERE d.state = 0 ORDER BY d.id LIMIT :n
-- :do
UPDATE dispatch SET state = 1 WHERE id IN (SELECT id FROM temp.picked WHERE runs = 0)
-- :do
UPDATE dispatch SET state = 2, epoch = :epoch, token = :token, attempts = attempts + 1,
       first_at = COALESCE(first_at, :now)
WHERE id IN (SELECT id FROM temp.picked WHERE runs = 1)
-- :do
INSERT INTO dispatch_attempt (dispatch_id, event_uuid, subscription_id, message_id, number, epoch,
                              opened_at)
SELECT d.id, d.event_uuid, d.subscription_id, d.message_id, d.attempts, :epoch, :now
FROM temp.picked k CROSS JOIN dispatch d ON d.id = k.id WHERE k.runs = 1
-- :rows claimed
SELECT d.id, d.subscription_id, d.dkey_id, d.no, d.message_id, d.event_uuid, d.type, d.subject,
       d.data, d.at, d.trace, d.attempts, s.url, s.name, s.enabled
FROM temp.picked k CROSS JOIN dispatch d ON d.id = k.id JOIN subscription s ON s.id = d.subscription_id
WHERE k.runs = 1 ORDER BY d.id
-- :rows demoted
SELECT COUNT(*) AS n FROM temp.picked WHERE runs = 0
