-- All that is on record of some events, for the archive.
-- :rows now inbox payload delivery sync_attempt attempt_body dead_letter letter_note audit_trail
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @ids TABLE (id bigint PRIMARY KEY);
INSERT INTO @ids (id) SELECT CAST(value AS bigint) FROM OPENJSON(@doc, '$.ids');
SELECT @now AS now;
SELECT i.* FROM @ids r JOIN tidegate.inbox i ON i.id = r.id;
SELECT p.* FROM @ids r JOIN tidegate.payload p ON p.event_id = r.id;
SELECT d.* FROM @ids r JOIN tidegate.inbox i ON i.id = r.id
JOIN tidegate.delivery d ON d.event_uuid = i.uuid ORDER BY d.id;
SELECT a.* FROM @ids r JOIN tidegate.sync_attempt a ON a.event_id = r.id ORDER BY a.id;
SELECT b.* FROM @ids r JOIN tidegate.attempt_body b ON b.event_id = r.id;
SELECT l.* FROM @ids r JOIN tidegate.dead_letter l ON l.event_id = r.id ORDER BY l.id;
SELECT n.* FROM @ids r JOIN tidegate.inbox i ON i.id = r.id
JOIN tidegate.letter_note n ON n.event_uuid = i.uuid ORDER BY n.id;
SELECT t.* FROM @ids r JOIN tidegate.audit_trail t ON t.event_id = r.id ORDER BY t.id;
