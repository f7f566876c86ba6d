-- What was sent and what came back, where it is still kept.
-- :rows now bodies
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @refs TABLE (event_id bigint, number int, PRIMARY KEY (event_id, number));
INSERT INTO @refs
SELECT DISTINCT CAST(LEFT(value, CHARINDEX('.', value) - 1) AS bigint),
       CAST(SUBSTRING(value, CHARINDEX('.', value) + 1, 10) AS int)
FROM OPENJSON(@doc, '$.refs');
SELECT @now AS now;
SELECT b.event_id, b.number, b.request, b.answer, p.erased_at
FROM @refs r JOIN tidegate.attempt_body b ON b.event_id = r.event_id AND b.number = r.number
LEFT JOIN tidegate.payload p ON p.event_id = b.event_id;
