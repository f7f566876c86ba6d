-- The chain from a link on, a page at a time.
-- :rows links
SELECT seq, epoch, kind, ids, rows_hash, hash FROM seal WHERE seq >= :from_seq ORDER BY seq LIMIT :n
