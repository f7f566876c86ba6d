-- Rows of entities that stand still, and of one key that shall not be the next, are put off: those
-- among the first n that are ready, and among the first n that are due. The time does not count to
-- their age.
-- :rows fence now parked
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @target varchar(64) = CAST(JSON_VALUE(@doc, '$.target') AS varchar(64)),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int),
        @key_id bigint = CAST(JSON_VALUE(@doc, '$.key_id') AS bigint),
        @wait_s int = CAST(FLOOR(CAST(JSON_VALUE(@doc, '$.wait_s') AS float)) AS int);
DECLARE @due_at datetime2(6) = DATEADD(second, @wait_s, @now),
        @soon datetime2(6) = DATEADD(second, 1, @now);
DECLARE @entities TABLE (entity varchar(64) PRIMARY KEY);
DECLARE @picked TABLE (id bigint PRIMARY KEY);
INSERT INTO @entities SELECT DISTINCT entity FROM OPENJSON(@doc, '$.entities') WITH (entity varchar(64));
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
INSERT INTO @picked
SELECT f.id
FROM (SELECT TOP (@n) id, event_id FROM tidegate.sync_queue WHERE state = 0 AND target = @target
      ORDER BY priority, id) f
JOIN tidegate.inbox i ON i.id = f.event_id WHERE i.entity IN (SELECT entity FROM @entities);
INSERT INTO @picked
SELECT f.id
FROM (SELECT TOP (@n) id, event_id FROM tidegate.sync_queue
      WHERE state IN (3, 4) AND due_at <= @soon AND target = @target ORDER BY due_at) f
JOIN tidegate.inbox i ON i.id = f.event_id WHERE i.entity IN (SELECT entity FROM @entities);
INSERT INTO @picked
SELECT id FROM tidegate.sync_queue
WHERE key_id = @key_id AND (state = 0 OR (state = 3 AND due_at <= @soon))
  AND id NOT IN (SELECT id FROM @picked);
UPDATE tidegate.sync_queue
SET state = CASE WHEN state = 4 THEN 4 ELSE 3 END, due_at = @due_at,
    first_at = DATEADD(second, DATEDIFF(second, COALESCE(due_at, @now), @due_at), first_at),
    unknown_at = DATEADD(second, DATEDIFF(second, COALESCE(due_at, @now), @due_at), unknown_at)
WHERE id IN (SELECT id FROM @picked);
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT COUNT(*) AS n FROM @picked;
