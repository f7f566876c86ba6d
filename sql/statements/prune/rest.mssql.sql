-- Rows of the side that are older than they are kept: deliveries that made no event, by number, and
-- of the others so many of the oldest. A null instant keeps all.
-- :rows fence now deliveries access requests alerts processes
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @cursor varchar(64) = CAST(JSON_VALUE(@doc, '$.cursor') AS varchar(64)),
        @at bigint = CAST(JSON_VALUE(@doc, '$.at') AS bigint);
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
DECLARE @access datetime2(6) = CAST(JSON_VALUE(@doc, '$.access') AS datetime2(6));
DECLARE @requests datetime2(6) = CAST(JSON_VALUE(@doc, '$.requests') AS datetime2(6));
DECLARE @alerts datetime2(6) = CAST(JSON_VALUE(@doc, '$.alerts') AS datetime2(6));
DECLARE @processes datetime2(6) = CAST(JSON_VALUE(@doc, '$.processes') AS datetime2(6));
DECLARE @deliveries_n int, @access_n int, @requests_n int, @alerts_n int, @processes_n int;
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
DELETE FROM tidegate.delivery
WHERE verdict <> 'new' AND id IN (SELECT CAST(value AS bigint) FROM OPENJSON(@doc, '$.ids'));
SET @deliveries_n = @@ROWCOUNT;
UPDATE tidegate.counter SET value = COALESCE(@at, value) WHERE name = @cursor;
IF @@ROWCOUNT = 0 INSERT INTO tidegate.counter (name, value) VALUES (@cursor, COALESCE(@at, 0));
DELETE FROM tidegate.access_log
WHERE id IN (SELECT TOP (@n) id FROM tidegate.access_log WHERE at < @access ORDER BY at);
SET @access_n = @@ROWCOUNT;
DELETE FROM tidegate.operator_request
WHERE id IN (
    SELECT w.id FROM (SELECT TOP (@n) id, ended_at FROM tidegate.operator_request ORDER BY id) w
    WHERE w.ended_at < @requests);
SET @requests_n = @@ROWCOUNT;
DELETE FROM tidegate.alert
WHERE id IN (SELECT TOP (@n) id FROM tidegate.alert WHERE cleared_at < @alerts ORDER BY id);
SET @alerts_n = @@ROWCOUNT;
DELETE FROM tidegate.process
WHERE id IN (SELECT TOP (@n) id FROM tidegate.process WHERE seen_at < @processes ORDER BY id);
SET @processes_n = @@ROWCOUNT;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT @deliveries_n AS n;
SELECT @access_n AS n;
SELECT @requests_n AS n;
SELECT @alerts_n AS n;
SELECT @processes_n AS n;
