-- What retention is about to take away is named under a link.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @ids varchar(max), @text varchar(max), @seq bigint, @before binary(32),
        @rows_hash binary(32), @link varchar(300);
SELECT @ids = ids, @text = line
FROM OPENJSON(@doc) WITH (ids varchar(max), line varchar(max));
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
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
       + '|' + CAST(@seq AS varchar(20)) + '|' + CAST(@epoch AS varchar(20)) + '|prune';
INSERT INTO tidegate.seal (seq, epoch, kind, ids, rows_hash, hash, at)
VALUES (@seq, @epoch, 'prune', @ids, @rows_hash, HASHBYTES('SHA2_256', @link), @now);
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
