-- What is wrong now is on record while it lasts, and its end when it has gone.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @raised TABLE (code varchar(64), subject nvarchar(200), severity varchar(10),
                       text nvarchar(1000));
INSERT INTO @raised (code, subject, severity, text)
SELECT code, subject, severity, text FROM OPENJSON(@doc, '$.raised') WITH (
    code varchar(65), subject nvarchar(201), severity varchar(11), text nvarchar(1001));
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE a SET last_at = @now, text = r.text, severity = r.severity
FROM tidegate.alert a JOIN @raised r ON r.code = a.code AND r.subject = a.subject
WHERE a.cleared_at IS NULL;
INSERT INTO tidegate.alert (code, subject, severity, text, since, last_at)
SELECT r.code, r.subject, r.severity, r.text, @now, @now FROM @raised r
WHERE NOT EXISTS (SELECT 1 FROM tidegate.alert a
                  WHERE a.code = r.code AND a.subject = r.subject AND a.cleared_at IS NULL);
UPDATE tidegate.alert SET cleared_at = @now
WHERE cleared_at IS NULL
  AND id IN (SELECT id FROM OPENJSON(@doc, '$.cleared') WITH (id bigint));
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
