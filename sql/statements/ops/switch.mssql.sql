-- A person lets a subscription be told again, or no more.
-- :rows now changed
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @name varchar(64) = CAST(JSON_VALUE(@doc, '$.name') AS varchar(64)),
        @enabled smallint = CAST(JSON_VALUE(@doc, '$.enabled') AS smallint),
        @why nvarchar(400) = CAST(JSON_VALUE(@doc, '$.why') AS nvarchar(400)),
        @reason nvarchar(400) = CAST(JSON_VALUE(@doc, '$.reason') AS nvarchar(400)),
        @actor nvarchar(200) = CAST(JSON_VALUE(@doc, '$.actor') AS nvarchar(200)),
        @action varchar(40) = CAST(JSON_VALUE(@doc, '$.action') AS varchar(40)),
        @config_version varchar(64) = CAST(JSON_VALUE(@doc, '$.config_version') AS varchar(64)),
        @row_hash varchar(64) = CAST(JSON_VALUE(@doc, '$.row_hash') AS varchar(64)),
        @host nvarchar(200) = CAST(JSON_VALUE(@doc, '$.host') AS nvarchar(200));
DECLARE @n int;
BEGIN TRAN;
UPDATE tidegate.subscription
SET enabled = @enabled, reason = CASE WHEN @enabled = 0 THEN @why END, changed_at = @now
WHERE name = @name AND enabled <> @enabled;
SET @n = @@ROWCOUNT;
IF @n > 0
BEGIN
    INSERT INTO tidegate.audit_trail (at, action, actor, source, entity, entity_text, reason, host,
                                      config_version, row_hash)
    SELECT @now, @action, @actor, 'tidegate', 'subscription', @name, @reason, @host, @config_version,
           @row_hash;
END;
COMMIT;
SELECT @now AS now;
SELECT @name AS name WHERE @n > 0;
