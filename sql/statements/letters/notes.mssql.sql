-- What people said of letters, and of groups of them: the newest of each kind, and how many.
-- :rows now of_letters of_groups
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT n.event_uuid, n.kind, n.text, n.actor, n.at, x.n
FROM (SELECT m.event_uuid, m.kind, MAX(m.id) AS id, COUNT(*) AS n
      FROM (SELECT TRY_CAST(CAST(value AS nvarchar(36)) AS uniqueidentifier) AS uuid
            FROM OPENJSON(@doc, '$.uuids')) u
      JOIN tidegate.letter_note m ON m.event_uuid = u.uuid
      GROUP BY m.event_uuid, m.kind) x JOIN tidegate.letter_note n ON n.id = x.id;
SELECT n.fingerprint, n.kind, n.text, n.actor, n.at, x.n
FROM (SELECT m.fingerprint, m.kind, MAX(m.id) AS id, COUNT(*) AS n
      FROM (SELECT CAST(value AS varchar(64)) AS fingerprint
            FROM OPENJSON(@doc, '$.fingerprints')) f
      JOIN tidegate.letter_note m ON m.fingerprint = f.fingerprint
      WHERE m.event_uuid IS NULL GROUP BY m.fingerprint, m.kind) x
JOIN tidegate.letter_note n ON n.id = x.id;
