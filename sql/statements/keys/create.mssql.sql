-- A new API key, by its digest, and who made it.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
BEGIN TRAN;
INSERT INTO tidegate.api_key (uuid, owner, role, prefix, hash, created_at, created_by, expires_at)
SELECT uuid, owner, role, prefix, hash, @now, actor, expires_at
FROM OPENJSON(@doc) WITH (
    uuid uniqueidentifier, owner nvarchar(201), role varchar(13), prefix varchar(17),
    hash varchar(65), actor nvarchar(201), expires_at datetime2(6));
INSERT INTO tidegate.audit_trail (at, action, actor, source, entity, entity_text, old, new, reason,
                                  config_version, row_hash, host, fields)
SELECT @now, action, actor, source, entity, entity_text, old, new, reason, config_version, row_hash,
       host, fields
FROM OPENJSON(@doc) WITH (
    action varchar(41), actor nvarchar(201), source varchar(65), entity varchar(65),
    entity_text nvarchar(401), old nvarchar(max), new nvarchar(max), reason nvarchar(2001),
    config_version varchar(65), row_hash varchar(65), host nvarchar(201), fields nvarchar(2001));
COMMIT;
SELECT @now AS now;
