-- Where this database is: a file knows nothing of it, so the program says so.
-- :rows place
SELECT :server AS server, :database_name AS database_name
