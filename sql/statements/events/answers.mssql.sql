-- Which of the commands that callers wait for have come to an end.
-- :rows now answers
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT e.uuid, e.state, e.answer_status, p.answer
FROM (SELECT TRY_CAST(CAST(value AS nvarchar(36)) AS uniqueidentifier) AS uuid
      FROM OPENJSON(@doc, '$.uuids')) u
JOIN tidegate.inbox e ON e.uuid = u.uuid
LEFT JOIN tidegate.payload p ON p.event_id = e.id
WHERE e.state <> 'live';
