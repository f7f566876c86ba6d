-- The leader makes a target, or an entity of it, stand still; what does already keeps its beginning.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @target varchar(64) = CAST(JSON_VALUE(@doc, '$.target') AS varchar(64)),
        @entity varchar(64) = CAST(JSON_VALUE(@doc, '$.entity') AS varchar(64)),
        @reason nvarchar(400) = CAST(JSON_VALUE(@doc, '$.reason') AS nvarchar(400)),
        @actor nvarchar(200) = CAST(JSON_VALUE(@doc, '$.actor') AS nvarchar(200)),
        @action varchar(40) = CAST(JSON_VALUE(@doc, '$.action') AS varchar(40)),
        @on_target varchar(64) = CAST(JSON_VALUE(@doc, '$.on_target') AS varchar(64)),
        @on_entity varchar(64) = CAST(JSON_VALUE(@doc, '$.on_entity') AS varchar(64)),
        @config_version varchar(64) = CAST(JSON_VALUE(@doc, '$.config_version') AS varchar(64)),
        @row_hash varchar(64) = CAST(JSON_VALUE(@doc, '$.row_hash') AS varchar(64));
DECLARE @kind varchar(20) = CAST(JSON_VALUE(@doc, '$.kind') AS varchar(20)),
        @probe_in_s float = CAST(JSON_VALUE(@doc, '$.probe_in_s') AS float),
        @known int;
DECLARE @probe_at datetime2(6) = DATEADD(
    microsecond, CAST(ROUND((@probe_in_s - FLOOR(@probe_in_s)) * 1000000, 0) AS int),
    DATEADD(second, CAST(FLOOR(@probe_in_s) AS int), @now));
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE tidegate.pause SET reason = @reason, probe_at = @probe_at
WHERE kind = @kind AND (target = @target OR (target IS NULL AND @target IS NULL))
  AND (entity = @entity OR (entity IS NULL AND @entity IS NULL));
SET @known = @@ROWCOUNT;
IF @known = 0
BEGIN
    INSERT INTO tidegate.pause (target, entity, kind, reason, actor, since, probe_at)
    VALUES (@target, @entity, @kind, @reason, @actor, @now, @probe_at);
    INSERT INTO tidegate.audit_trail (at, action, actor, source, entity, reason, config_version,
                                      row_hash)
    SELECT @now, @action, @actor, @on_target, @on_entity, @reason, @config_version, @row_hash;
END;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
