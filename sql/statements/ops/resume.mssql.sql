-- A person ends what a person, a refused login, or the adoption of a copy, has paused. A breaker closes itself.
-- :rows now ended
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
DECLARE @ended TABLE (id bigint PRIMARY KEY, kind varchar(20), reason nvarchar(400),
                      actor nvarchar(200), since datetime2(6));
BEGIN TRAN;
DELETE FROM tidegate.pause
OUTPUT deleted.id, deleted.kind, deleted.reason, deleted.actor, deleted.since INTO @ended
WHERE kind IN ('operator', 'auth', 'copy') AND (target = @target OR (target IS NULL AND @target IS NULL))
  AND (entity = @entity OR (entity IS NULL AND @entity IS NULL));
IF EXISTS (SELECT 1 FROM @ended)
BEGIN
    INSERT INTO tidegate.audit_trail (at, action, actor, source, entity, reason, config_version,
                                      row_hash, host)
    SELECT @now, @action, @actor, @on_target, @on_entity, @reason, @config_version, @row_hash,
       @host;
END;
COMMIT;
SELECT @now AS now;
SELECT kind, reason, actor, since FROM @ended ORDER BY id;
