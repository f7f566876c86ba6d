-- A person has seen it; the record says who.
-- :rows now alerts
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @code varchar(64), @subject nvarchar(200), @actor nvarchar(200), @reason nvarchar(2000),
        @host nvarchar(200), @config_version varchar(64), @row_hash varchar(64);
SELECT @code = code, @subject = subject, @actor = actor, @reason = reason, @host = host,
       @config_version = config_version, @row_hash = row_hash
FROM OPENJSON(@doc) WITH (
    code varchar(65), subject nvarchar(201), actor nvarchar(201), reason nvarchar(2001),
    host nvarchar(201), config_version varchar(65), row_hash varchar(65));
DECLARE @seen TABLE (id bigint PRIMARY KEY, code varchar(64), subject nvarchar(200));
BEGIN TRAN;
INSERT INTO @seen (id, code, subject)
SELECT id, code, subject FROM tidegate.alert
WHERE code = @code AND (@subject IS NULL OR subject = @subject) AND cleared_at IS NULL
  AND acknowledged_at IS NULL;
UPDATE tidegate.alert SET acknowledged_at = @now, acknowledged_by = @actor
WHERE id IN (SELECT id FROM @seen) AND acknowledged_at IS NULL;
INSERT INTO tidegate.audit_trail (at, action, actor, source, entity, entity_text, reason, host,
                                  config_version, row_hash)
SELECT @now, 'acknowledged', @actor, 'tidegate', 'alert', @code, @reason, @host, @config_version,
       @row_hash
WHERE EXISTS (SELECT 1 FROM @seen);
COMMIT;
SELECT @now AS now;
SELECT id, code, subject FROM @seen ORDER BY id;
