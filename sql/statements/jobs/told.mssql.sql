-- What became of letters that a job replayed: the event's state, and whether it died again.
-- :rows now letters
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT d.id, i.state,
       CASE WHEN EXISTS (SELECT 1 FROM tidegate.dead_letter n
                         WHERE n.event_id = d.event_id AND n.id > d.id) THEN 1 ELSE 0 END AS again
FROM OPENJSON(@doc, '$.ids') r JOIN tidegate.dead_letter d ON d.id = CAST(r.value AS bigint)
JOIN tidegate.inbox i ON i.id = d.event_id;
