-- The configured subscriptions are made what the configuration says. In a copy of another database,
-- whose configuration is that of the other but for a few lines, a person alone switches one on.
-- :rows fence now subscriptions
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int),
        @silent_reason nvarchar(400) = CAST(JSON_VALUE(@doc, '$.silent_reason') AS nvarchar(400)),
        @copy smallint = 0;
DECLARE @configured TABLE (row_no int PRIMARY KEY, name varchar(64), url nvarchar(2000),
                           types nvarchar(max), enabled smallint);
DECLARE @all TABLE (id bigint PRIMARY KEY, name varchar(64), url nvarchar(2000), types nvarchar(max),
                    enabled smallint, reason nvarchar(400));
INSERT INTO @configured
SELECT row_no, name, url, types, enabled
FROM OPENJSON(@doc, '$.configured') WITH (
    row_no int, name varchar(65), url nvarchar(2001), types nvarchar(max), enabled smallint);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
SELECT @copy = 1 FROM tidegate.counter WHERE name = 'install.copy';
UPDATE s SET url = c.url, types = c.types, changed_at = @now,
       enabled = CASE WHEN @copy = 0 THEN c.enabled ELSE s.enabled END,
       reason = CASE WHEN @copy = 1 THEN s.reason END
FROM tidegate.subscription s JOIN @configured c ON c.name = s.name
WHERE NOT EXISTS (SELECT CAST(s.url AS varbinary(max)), CAST(s.types AS varbinary(max))
                  INTERSECT SELECT CAST(c.url AS varbinary(max)), CAST(c.types AS varbinary(max)));
INSERT INTO tidegate.subscription (name, url, types, enabled, reason, changed_at)
SELECT c.name, c.url, c.types, CASE WHEN @copy = 0 THEN c.enabled ELSE 0 END,
       CASE WHEN @copy = 1 THEN @silent_reason END, @now
FROM @configured c
WHERE NOT EXISTS (SELECT 1 FROM tidegate.subscription s WHERE s.name = c.name) ORDER BY c.row_no;
INSERT INTO @all SELECT id, name, url, types, enabled, reason FROM tidegate.subscription;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT id, name, url, types, enabled, reason FROM @all ORDER BY id;
