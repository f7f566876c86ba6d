-- What came with an event, what was sent for it at each attempt, and what came back.
-- :rows now payload attempts
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
SELECT @now AS now;
SELECT p.body, p.media_type, p.pointer, p.answer, p.erased_at
FROM tidegate.inbox e JOIN tidegate.payload p ON p.event_id = e.id WHERE e.uuid = @uuid;
SELECT b.number, b.request, b.answer
FROM tidegate.inbox e JOIN tidegate.attempt_body b ON b.event_id = e.id
WHERE e.uuid = @uuid ORDER BY b.number;
