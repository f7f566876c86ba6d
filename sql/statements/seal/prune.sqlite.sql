-- What retention is about to take away is named under a link.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'prune', :ids, sha256(:line),
       seal_hash(p.hash, sha256(:line), p.seq + 1, :epoch, 'prune'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p
