-- Which of the commands that callers wait for have come to an end.
-- :rows now answers
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT e.uuid, e.state, e.answer_status, p.answer
FROM OPENJSON(@doc, '$.uuids') u JOIN tidegate.inbox e ON e.uuid = CAST(u.value AS uniqueidentifier)
JOIN tidegate.payload p ON p.event_id = e.id
WHERE e.state <> 'live';
