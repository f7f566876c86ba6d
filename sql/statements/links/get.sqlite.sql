-- The far record of one source's record, and whether anything is linked at all.
-- :rows link
SELECT record_type, record_id, record_key FROM entity_link WHERE hash = :hash
-- :rows any
SELECT EXISTS (SELECT 1 FROM entity_link) AS n
