-- Is the database there, and is its schema ours?
-- :rows schema
SELECT schema_no, oldest_reader, version FROM schema_version WHERE id = 1
