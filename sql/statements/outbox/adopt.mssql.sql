-- A new term sends again what the old one left in flight: at least once, under the same webhook-id.
-- :rows now
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = JSON_VALUE(@doc, '$.token'),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT <> 1 THROW 51001, 'tidegate.deposed', 1;
UPDATE tidegate.dispatch_attempt SET closed_at = @now, outcome = 'unknown' WHERE closed_at IS NULL;
UPDATE tidegate.dispatch SET state = 0 WHERE state = 2;
COMMIT;
SELECT @now AS now;
