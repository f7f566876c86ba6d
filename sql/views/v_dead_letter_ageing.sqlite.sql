-- Open dead letters by age and by who has them. Of the oldest 50,000; an owner is the last one
-- named for the letter, else for its group, among the last 20,000 notes.
CREATE VIEW v_dead_letter_ageing AS
WITH named AS (
    SELECT n.id, n.event_uuid, n.fingerprint, n.text
    FROM (SELECT id, event_uuid, fingerprint, kind, text
          FROM letter_note ORDER BY id DESC LIMIT 20000) n
    WHERE n.kind = 'owner'),
of_event AS (
    SELECT o.event_uuid, o.text FROM named o
    JOIN (SELECT MAX(id) AS id FROM named WHERE event_uuid IS NOT NULL GROUP BY event_uuid) l
      ON l.id = o.id),
of_group AS (
    SELECT o.fingerprint, o.text FROM named o
    JOIN (SELECT MAX(id) AS id FROM named WHERE event_uuid IS NULL GROUP BY fingerprint) l
      ON l.id = o.id)
SELECT CASE WHEN d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 hour') THEN 0
            WHEN d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-24 hours') THEN 1
            WHEN d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 days') THEN 24
            WHEN d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-7 days') THEN 72
            ELSE 168 END AS older_than_h,
       NULLIF(COALESCE(e.text, g.text), '') AS owner, COUNT(*) AS letters,
       MIN(d.born_at) AS oldest_at
FROM (SELECT event_uuid, fingerprint, born_at FROM dead_letter
      WHERE state = 'open' ORDER BY born_at LIMIT 50000) d
LEFT JOIN of_event e ON e.event_uuid = d.event_uuid
LEFT JOIN of_group g ON g.fingerprint = d.fingerprint
GROUP BY 1, 2
