-- What stands still now, and why.
-- :rows now pauses
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT target, entity, kind, reason, actor, since, until_at, probe_at
FROM tidegate.pause WHERE until_at IS NULL OR until_at > @now ORDER BY id;
