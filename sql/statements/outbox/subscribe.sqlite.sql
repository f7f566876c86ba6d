-- The configured subscriptions are made what the configuration says. In a copy of another database,
-- whose configuration is that of the other but for a few lines, a person alone switches one on.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'relay' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each configured
UPDATE subscription
SET url = :url, types = :types, changed_at = :now,
    enabled = CASE WHEN EXISTS (SELECT 1 FROM counter c WHERE c.name = 'install.copy') THEN enabled
              ELSE :enabled END,
    reason = CASE WHEN EXISTS (SELECT 1 FROM counter c WHERE c.name = 'install.copy') THEN reason END
WHERE name = :name AND (url <> :url OR types IS NOT :types)
-- :each configured
INSERT INTO subscription (name, url, types, enabled, reason, changed_at)
SELECT :name, :url, :types, CASE WHEN c.name IS NULL THEN :enabled ELSE 0 END,
       CASE WHEN c.name IS NOT NULL THEN :silent_reason END, :now
FROM (SELECT 1) LEFT JOIN counter c ON c.name = 'install.copy'
WHERE NOT EXISTS (SELECT 1 FROM subscription s WHERE s.name = :name)
-- :rows subscriptions
SELECT id, name, url, types, enabled, reason FROM subscription ORDER BY id
