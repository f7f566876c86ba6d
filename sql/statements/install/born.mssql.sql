-- The first writing role that starts here says that here is its home.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
BEGIN TRAN;
INSERT INTO tidegate.install (id, uuid, server, database_name, environment, since)
SELECT 1, uuid, server, database_name, environment, @now
FROM OPENJSON(@doc) WITH (
    uuid uniqueidentifier, server nvarchar(401), database_name nvarchar(401),
    environment varchar(41))
WHERE NOT EXISTS (SELECT 1 FROM tidegate.install);
COMMIT;
SELECT @now AS now;
