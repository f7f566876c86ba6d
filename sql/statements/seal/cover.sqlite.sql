-- Changes that no attempt made get their link; up to which number they have one is kept beside it.
-- :fence
UPDATE leader SET beat = beat + 1, beat_at = :now
WHERE name = 'sync' AND epoch = :epoch AND token = :token AND schema_no = :schema_no
RETURNING beat
-- :do
INSERT INTO seal (seq, epoch, kind, ids, rows_hash, hash, at)
SELECT p.seq + 1, :epoch, 'request', r.ids, r.h,
       seal_hash(p.hash, r.h, p.seq + 1, :epoch, 'request'), :now
FROM (SELECT seq, hash FROM seal ORDER BY seq DESC LIMIT 1) p,
     (SELECT group_concat(id) AS ids, sha256(group_concat(line, ';')) AS h
      FROM (SELECT t.id, 'r|' || t.id || '|' || t.action || '|' || t.at || '|' || t.row_hash AS line
            FROM json_each(:ids) r CROSS JOIN audit_trail t ON t.id = r.value ORDER BY t.id)) r
WHERE r.ids IS NOT NULL
-- :do
INSERT INTO counter (name, value) VALUES ('sealed.audit', :up_to)
ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE excluded.value > counter.value
