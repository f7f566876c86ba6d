-- Changes that no attempt made get their link; up to which number they have one is kept beside it.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @up_to bigint = CAST(JSON_VALUE(@doc, '$.up_to') AS bigint);
DECLARE @lines TABLE (id bigint PRIMARY KEY, line varchar(200));
DECLARE @ids varchar(max), @text varchar(max), @seq bigint, @before binary(32),
        @rows_hash binary(32), @link varchar(300);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
INSERT INTO @lines (id, line)
SELECT t.id, 'r|' + CAST(t.id AS varchar(20)) + '|' + t.action + '|' + CONVERT(varchar(19), t.at, 120)
       + '.' + RIGHT('000000' + CAST(DATEPART(microsecond, t.at) AS varchar(6)), 6) + '|' + t.row_hash
FROM OPENJSON(@doc, '$.ids') r JOIN tidegate.audit_trail t ON t.id = CAST(r.value AS bigint);
SET @ids = (SELECT CAST(id AS varchar(20)) AS l FROM @lines ORDER BY id FOR XML PATH(''));
SET @text = (SELECT line AS l FROM @lines ORDER BY id FOR XML PATH(''));
IF @ids IS NOT NULL
BEGIN
    SET @ids = REPLACE(SUBSTRING(@ids, 4, LEN(@ids) - 7), '</l><l>', ',');
    SET @text = REPLACE(REPLACE(REPLACE(REPLACE(SUBSTRING(@text, 4, LEN(@text) - 7),
                '</l><l>', ';'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&');
    SET @rows_hash = HASHBYTES('SHA2_256', @text);
    SELECT TOP (1) @seq = seq + 1, @before = hash FROM tidegate.seal ORDER BY seq DESC;
    SET @link = CAST(CAST(SUBSTRING(@before, 1, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@before, 9, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@before, 17, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@before, 25, 8) AS bigint) AS varchar(20))
           + '|' + CAST(CAST(SUBSTRING(@rows_hash, 1, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@rows_hash, 9, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@rows_hash, 17, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@rows_hash, 25, 8) AS bigint) AS varchar(20))
           + '|' + CAST(@seq AS varchar(20)) + '|' + CAST(@epoch AS varchar(20)) + '|request';
    INSERT INTO tidegate.seal (seq, epoch, kind, ids, rows_hash, hash, at)
    VALUES (@seq, @epoch, 'request', @ids, @rows_hash, HASHBYTES('SHA2_256', @link), @now);
END;
UPDATE tidegate.counter SET value = @up_to WHERE name = 'sealed.audit' AND value < @up_to;
IF NOT EXISTS (SELECT 1 FROM tidegate.counter WHERE name = 'sealed.audit')
    INSERT INTO tidegate.counter (name, value) VALUES ('sealed.audit', @up_to);
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
