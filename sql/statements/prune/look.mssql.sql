-- The next events by number, from the one that the last look ended at.
-- :rows now cursor events
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @cursor varchar(64) = CAST(JSON_VALUE(@doc, '$.cursor') AS varchar(64)),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
DECLARE @from bigint = COALESCE((SELECT value FROM tidegate.counter WHERE name = @cursor), 0);
SELECT @now AS now;
SELECT value FROM tidegate.counter WHERE name = @cursor;
SELECT TOP (@n) i.id, i.uuid, i.accepted_at, i.state, i.ended_at, p.erased_at
FROM tidegate.inbox i JOIN tidegate.payload p ON p.event_id = i.id
WHERE i.id > @from ORDER BY i.id;
