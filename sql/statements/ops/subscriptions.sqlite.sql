-- Who is told, and why not.
-- :rows subscriptions
SELECT name, url, types, enabled, reason, changed_at FROM subscription ORDER BY name
