-- What a standby watches: it changes while somebody leads.
-- :rows leader
SELECT name, epoch, token, beat, beat_at, schema_no, holder, since, locked,
       seconds_between(:now, beat_at) AS age_s
FROM leader WHERE name = :name
