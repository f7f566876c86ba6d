-- Changes that events made which have left the database say no more whose they were, and what was
-- changed; the seal has been told.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE tidegate.audit_trail
SET entity_text = NULL, old = NULL, new = NULL, reason = NULL, fields = NULL
WHERE event_id IN (SELECT CAST(value AS bigint) FROM OPENJSON(@doc, '$.ids'))
  AND action <> 'erased';
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
