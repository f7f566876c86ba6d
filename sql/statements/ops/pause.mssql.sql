-- A person makes a target, an entity of it, or everything stand still; an earlier pause of the same
-- by a person ends with it.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @target varchar(64) = CAST(JSON_VALUE(@doc, '$.target') AS varchar(64)),
        @entity varchar(64) = CAST(JSON_VALUE(@doc, '$.entity') AS varchar(64)),
        @reason nvarchar(400) = CAST(JSON_VALUE(@doc, '$.reason') AS nvarchar(400)),
        @actor nvarchar(200) = CAST(JSON_VALUE(@doc, '$.actor') AS nvarchar(200)),
        @action varchar(40) = CAST(JSON_VALUE(@doc, '$.action') AS varchar(40)),
        @on_target varchar(64) = CAST(JSON_VALUE(@doc, '$.on_target') AS varchar(64)),
        @on_entity varchar(64) = CAST(JSON_VALUE(@doc, '$.on_entity') AS varchar(64)),
        @config_version varchar(64) = CAST(JSON_VALUE(@doc, '$.config_version') AS varchar(64)),
        @row_hash varchar(64) = CAST(JSON_VALUE(@doc, '$.row_hash') AS varchar(64)),
        @host nvarchar(200) = CAST(JSON_VALUE(@doc, '$.host') AS nvarchar(200));
DECLARE @until_at datetime2(6) = CAST(JSON_VALUE(@doc, '$.until_at') AS datetime2(6));
BEGIN TRAN;
INSERT INTO tidegate.audit_trail (at, action, actor, source, entity, reason, config_version,
                                  row_hash, host)
SELECT @now, @action, @actor, @on_target, @on_entity, @reason, @config_version, @row_hash,
       @host;
DELETE FROM tidegate.pause
WHERE kind = 'operator' AND (target = @target OR (target IS NULL AND @target IS NULL))
  AND (entity = @entity OR (entity IS NULL AND @entity IS NULL));
INSERT INTO tidegate.pause (target, entity, kind, reason, actor, since, until_at)
VALUES (@target, @entity, 'operator', @reason, @actor, @now, @until_at);
COMMIT;
SELECT @now AS now;
