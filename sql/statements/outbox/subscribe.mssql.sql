-- The configured subscriptions are made what the configuration says.
-- :rows now subscriptions
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = JSON_VALUE(@doc, '$.token'),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @configured TABLE (name varchar(64) PRIMARY KEY, url nvarchar(2000), types nvarchar(max),
                           enabled int);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT <> 1 THROW 51001, 'tidegate.deposed', 1;
INSERT INTO @configured
SELECT * FROM OPENJSON(@doc, '$.configured') WITH (name varchar(64), url nvarchar(2000),
                                                   types nvarchar(max), enabled int);
UPDATE tidegate.subscription SET url = j.url, types = j.types, enabled = j.enabled, reason = NULL,
       changed_at = @now
FROM tidegate.subscription s JOIN @configured j ON j.name = s.name
WHERE s.url <> j.url OR COALESCE(s.types, '') <> COALESCE(j.types, '');
INSERT INTO tidegate.subscription (name, url, types, enabled, changed_at)
SELECT j.name, j.url, j.types, j.enabled, @now FROM @configured j
WHERE NOT EXISTS (SELECT 1 FROM tidegate.subscription s WHERE s.name = j.name);
COMMIT;
SELECT @now AS now;
SELECT id, name, url, types, enabled FROM tidegate.subscription;
