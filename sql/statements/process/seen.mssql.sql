-- A process is still there, or ends in order.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier),
        @ended int = CAST(JSON_VALUE(@doc, '$.ended') AS int);
BEGIN TRAN;
UPDATE tidegate.process SET seen_at = @now, ended_at = CASE WHEN @ended = 1 THEN @now END
WHERE uuid = @uuid;
COMMIT;
SELECT @now AS now;
