-- The chain from one link to another, a page at a time.
-- :rows links
SELECT seq, epoch, kind, ids, rows_hash, hash, at
FROM seal WHERE seq >= :from_seq AND seq <= :to_seq ORDER BY seq LIMIT :n
