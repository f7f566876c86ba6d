-- Rows of the side that are older than they are kept: deliveries that made no event, by number, and
-- of the others so many of the oldest. A null instant keeps all.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
DELETE FROM delivery WHERE verdict <> 'new' AND id IN (SELECT value FROM json_each(:ids))
-- :rows deliveries
SELECT changes() AS n
-- :do
INSERT INTO counter (name, value) SELECT :cursor, :at WHERE :at IS NOT NULL
ON CONFLICT (name) DO UPDATE SET value = excluded.value
-- :do
DELETE FROM access_log WHERE id IN (SELECT id FROM access_log WHERE at < :access ORDER BY at LIMIT :n)
-- :rows access
SELECT changes() AS n
-- :do
DELETE FROM operator_request WHERE id IN (
    SELECT w.id FROM (SELECT id, ended_at FROM operator_request ORDER BY id LIMIT :n) w
    WHERE w.ended_at < :requests)
-- :rows requests
SELECT changes() AS n
-- :do
DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE cleared_at < :alerts ORDER BY id LIMIT :n)
-- :rows alerts
SELECT changes() AS n
-- :do
DELETE FROM process WHERE id IN (SELECT id FROM process WHERE seen_at < :processes ORDER BY id LIMIT :n)
-- :rows processes
SELECT changes() AS n
