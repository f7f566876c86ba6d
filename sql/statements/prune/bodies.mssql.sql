-- Of events that came to an end: what they said, what was sent and what came back. Their hashes and
-- the answers that callers are given stay.
-- :rows fence now pruned
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
DECLARE @ids TABLE (id bigint PRIMARY KEY);
DECLARE @pruned int;
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
INSERT INTO @ids (id)
SELECT i.id FROM OPENJSON(@doc, '$.ids') r JOIN tidegate.inbox i ON i.id = CAST(r.value AS bigint)
WHERE i.state IN ('applied', 'superseded', 'refused', 'expired', 'discarded');
DELETE FROM tidegate.attempt_body WHERE event_id IN (SELECT id FROM @ids);
UPDATE tidegate.payload SET body = 0x, erased_at = @now
WHERE event_id IN (SELECT id FROM @ids) AND erased_at IS NULL;
SET @pruned = @@ROWCOUNT;
UPDATE tidegate.counter SET value = @at WHERE name = @cursor;
IF @@ROWCOUNT = 0 INSERT INTO tidegate.counter (name, value) VALUES (@cursor, @at);
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT @pruned AS n;
