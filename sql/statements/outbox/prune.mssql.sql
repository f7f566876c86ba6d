-- What was sent long ago, and what could not be, is forgotten, so many at a time.
-- :rows fence now pruned
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int),
        @keep_s bigint = CAST(JSON_VALUE(@doc, '$.keep_s') AS bigint);
DECLARE @before datetime2(6) = DATEADD(second, -@keep_s, @now);
DECLARE @pruned int;
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
DELETE FROM tidegate.dispatch_attempt WHERE id IN (
    SELECT w.id FROM (SELECT TOP (@n) id, closed_at FROM tidegate.dispatch_attempt ORDER BY id) w
    WHERE w.closed_at < @before);
SET @pruned = @@ROWCOUNT;
DELETE FROM tidegate.dispatch WHERE id IN (
    SELECT w.id FROM (SELECT TOP (@n) id, state, at FROM tidegate.dispatch ORDER BY id) w
    WHERE w.state = 5 AND w.at < @before);
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT @pruned AS n;
