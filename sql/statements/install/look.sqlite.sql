-- Where this database was when it was last said to be at home.
-- :rows install
SELECT uuid, server, database_name, environment, since, adopted_as, adopted_by, last_good
FROM install WHERE id = 1
