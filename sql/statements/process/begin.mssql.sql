-- A process begins; its configuration is kept as text, once.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
BEGIN TRAN;
INSERT INTO tidegate.config_version (version, at, text)
SELECT config_version, @now, config_text
FROM OPENJSON(@doc) WITH (config_version varchar(65), config_text nvarchar(max)) n
WHERE NOT EXISTS (SELECT 1 FROM tidegate.config_version v WHERE v.version = n.config_version);
INSERT INTO tidegate.process (uuid, role, host, pid, version, config_version, started_at, seen_at)
SELECT uuid, role, host, pid, version, config_version, @now, @now
FROM OPENJSON(@doc) WITH (
    uuid uniqueidentifier, role varchar(21), host nvarchar(201), pid int, version varchar(21),
    config_version varchar(65));
COMMIT;
SELECT @now AS now;
