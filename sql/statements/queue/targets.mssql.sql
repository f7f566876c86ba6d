-- Whose rows are ready: every adapter that has some, one seek for each.
-- :rows now targets
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @targets TABLE (target varchar(64) PRIMARY KEY);
DECLARE @target varchar(64) = (SELECT MIN(target) FROM tidegate.sync_queue WHERE state = 0);
WHILE @target IS NOT NULL
BEGIN
    INSERT INTO @targets VALUES (@target);
    SET @target = (SELECT MIN(target) FROM tidegate.sync_queue WHERE state = 0 AND target > @target);
END;
SELECT @now AS now;
SELECT target FROM @targets ORDER BY target;
