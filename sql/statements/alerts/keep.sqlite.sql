-- What is wrong now is on record while it lasts, and its end when it has gone.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each raised
UPDATE alert SET last_at = :now, text = :text, severity = :severity
WHERE code = :code AND subject = :subject AND cleared_at IS NULL
-- :each raised
INSERT INTO alert (code, subject, severity, text, since, last_at)
SELECT :code, :subject, :severity, :text, :now, :now
WHERE NOT EXISTS (SELECT 1 FROM alert WHERE code = :code AND subject = :subject
                  AND cleared_at IS NULL)
-- :each cleared
UPDATE alert SET cleared_at = :now WHERE id = :id AND cleared_at IS NULL
