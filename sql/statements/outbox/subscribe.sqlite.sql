-- The configured subscriptions are made what the configuration says.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'relay' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :each configured
INSERT INTO subscription (name, url, types, enabled, changed_at)
VALUES (:name, :url, :types, :enabled, :now)
ON CONFLICT (name) DO UPDATE SET url = excluded.url, types = excluded.types,
    enabled = excluded.enabled, reason = NULL, changed_at = excluded.changed_at
WHERE url <> excluded.url OR types IS NOT excluded.types
-- :rows subscriptions
SELECT id, name, url, types, enabled FROM subscription
