-- The links that say what was taken away by retention.
-- :rows links
SELECT seq, ids FROM seal
WHERE seq > :after AND seq <= :to_seq AND kind = 'prune' ORDER BY seq LIMIT :n
