-- The first writing role that starts here says that here is its home.
-- :do
INSERT INTO install (id, uuid, server, database_name, environment, since)
SELECT 1, :uuid, :server, :database_name, :environment, :now
WHERE NOT EXISTS (SELECT 1 FROM install)
