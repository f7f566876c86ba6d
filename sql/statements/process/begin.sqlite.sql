-- A process begins; its configuration is kept as text, once.
-- :do
INSERT INTO config_version (version, at, text)
SELECT :config_version, :now, :config_text
WHERE NOT EXISTS (SELECT 1 FROM config_version WHERE version = :config_version)
-- :do
INSERT INTO process (uuid, role, host, pid, version, config_version, started_at, seen_at)
VALUES (:uuid, :role, :host, :pid, :version, :config_version, :now, :now)
