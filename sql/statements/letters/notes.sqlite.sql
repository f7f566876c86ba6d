-- What people said of letters, and of groups of them: the newest of each kind, and how many.
-- :rows of_letters
SELECT n.event_uuid, n.kind, n.text, n.actor, n.at, x.n
FROM (SELECT m.event_uuid, m.kind, MAX(m.id) AS id, COUNT(*) AS n
      FROM json_each(:uuids) u JOIN letter_note m ON m.event_uuid = u.value
      GROUP BY m.event_uuid, m.kind) x JOIN letter_note n ON n.id = x.id
-- :rows of_groups
SELECT n.fingerprint, n.kind, n.text, n.actor, n.at, x.n
FROM (SELECT m.fingerprint, m.kind, MAX(m.id) AS id, COUNT(*) AS n
      FROM json_each(:fingerprints) f JOIN letter_note m ON m.fingerprint = f.value
      WHERE m.event_uuid IS NULL GROUP BY m.fingerprint, m.kind) x
JOIN letter_note n ON n.id = x.id
