-- Where this database was when it was last said to be at home.
-- :rows now install
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT uuid, server, database_name, environment, since, adopted_as, adopted_by, last_good
FROM tidegate.install WHERE id = 1;
