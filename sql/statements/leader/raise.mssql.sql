-- Open a new term by compare-and-set on what was seen; the former beat bounds what its term sent.
-- :rows fence now before term
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @name varchar(20) = CAST(JSON_VALUE(@doc, '$.name') AS varchar(20)),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @holder nvarchar(201) = JSON_VALUE(@doc, '$.holder'),
        @seen_epoch bigint = CAST(JSON_VALUE(@doc, '$.seen_epoch') AS bigint),
        @seen_beat bigint = CAST(JSON_VALUE(@doc, '$.seen_beat') AS bigint),
        @locked smallint = COALESCE(CAST(JSON_VALUE(@doc, '$.locked') AS smallint), 1),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @beat_at datetime2(6), @epoch bigint;
BEGIN TRAN;
SELECT @beat_at = beat_at FROM tidegate.leader
WHERE name = @name AND epoch = @seen_epoch AND beat = @seen_beat;
UPDATE tidegate.leader SET epoch = epoch + 1, token = @token, beat = beat + 1, beat_at = @now,
       holder = @holder, since = @now, locked = @locked
WHERE name = @name AND epoch = @seen_epoch AND beat = @seen_beat AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
SELECT @epoch = epoch FROM tidegate.leader WHERE name = @name;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT @beat_at AS beat_at;
SELECT @epoch AS epoch, @token AS token;
