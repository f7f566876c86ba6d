-- Where this database is. Of an availability group every replica is the same place.
-- :rows now place
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @group nvarchar(400);
IF CAST(SERVERPROPERTY('IsHadrEnabled') AS int) = 1
    EXEC sp_executesql
        N'SELECT @found = ''availability group '' + CAST(group_database_id AS nvarchar(36))
          FROM sys.databases WHERE name = DB_NAME()',
        N'@found nvarchar(400) OUTPUT', @found = @group OUTPUT;
SELECT @now AS now;
SELECT COALESCE(@group, CAST(@@SERVERNAME AS nvarchar(400)), N'') AS server,
       CAST(DB_NAME() AS nvarchar(400)) AS database_name;
