-- Open dead letters by age and by who has them. Of the oldest 50,000; an owner is the last one
-- named for the letter, else for its group, among the last 20,000 notes.
CREATE VIEW tidegate.v_dead_letter_ageing AS
WITH named AS (
    SELECT n.id, n.event_uuid, n.fingerprint, n.text
    FROM (SELECT TOP (20000) id, event_uuid, fingerprint, kind, text
          FROM tidegate.letter_note ORDER BY id DESC) n
    WHERE n.kind = 'owner'),
of_event AS (
    SELECT o.event_uuid, o.text FROM named o
    JOIN (SELECT MAX(id) AS id FROM named WHERE event_uuid IS NOT NULL GROUP BY event_uuid) l
      ON l.id = o.id),
of_group AS (
    SELECT o.fingerprint, o.text FROM named o
    JOIN (SELECT MAX(id) AS id FROM named WHERE event_uuid IS NULL GROUP BY fingerprint) l
      ON l.id = o.id),
letters AS (
    SELECT CASE WHEN d.born_at > DATEADD(HOUR, -1, SYSUTCDATETIME()) THEN 0
                WHEN d.born_at > DATEADD(HOUR, -24, SYSUTCDATETIME()) THEN 1
                WHEN d.born_at > DATEADD(DAY, -3, SYSUTCDATETIME()) THEN 24
                WHEN d.born_at > DATEADD(DAY, -7, SYSUTCDATETIME()) THEN 72
                ELSE 168 END AS older_than_h,
           CAST(NULLIF(COALESCE(e.text, g.text), N'') AS NVARCHAR(2000)) AS owner, d.born_at
    FROM (SELECT TOP (50000) event_uuid, fingerprint, born_at FROM tidegate.dead_letter
          WHERE state = 'open' ORDER BY born_at) d
    LEFT JOIN of_event e ON e.event_uuid = d.event_uuid
    LEFT JOIN of_group g ON g.fingerprint = d.fingerprint)
SELECT l.older_than_h, l.owner, COUNT_BIG(*) AS letters, MIN(l.born_at) AS oldest_at
FROM letters l
GROUP BY l.older_than_h, l.owner
