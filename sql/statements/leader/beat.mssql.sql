-- The fence alone: says that the term still holds.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @name varchar(20) = CAST(JSON_VALUE(@doc, '$.name') AS varchar(20)),
        @locked smallint = CAST(JSON_VALUE(@doc, '$.locked') AS smallint);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now, locked = COALESCE(@locked, locked)
WHERE name = @name AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
