-- A key opens nothing any more; nothing comes back where it was revoked before.
-- :rows now revoked
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier),
        @actor nvarchar(200) = CAST(JSON_VALUE(@doc, '$.actor') AS nvarchar(200));
DECLARE @revoked TABLE (uuid uniqueidentifier);
BEGIN TRAN;
UPDATE tidegate.api_key SET revoked_at = @now, revoked_by = @actor
WHERE uuid = @uuid AND revoked_at IS NULL;
IF @@ROWCOUNT = 1
BEGIN
    INSERT INTO @revoked (uuid) VALUES (@uuid);
    INSERT INTO tidegate.audit_trail (at, action, actor, source, entity, entity_text, old, new,
                                      reason, config_version, row_hash, host, fields)
    SELECT @now, action, actor, source, entity, entity_text, old, new, reason, config_version,
           row_hash, host, fields
    FROM OPENJSON(@doc) WITH (
        action varchar(41), actor nvarchar(201), source varchar(65), entity varchar(65),
        entity_text nvarchar(401), old nvarchar(max), new nvarchar(max), reason nvarchar(2001),
        config_version varchar(65), row_hash varchar(65), host nvarchar(201), fields nvarchar(2001));
END;
COMMIT;
SELECT @now AS now;
SELECT uuid FROM @revoked;
