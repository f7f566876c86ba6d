-- A person says what this database is here: a copy, in which nothing may leave on its own; or one that
-- was restored, of whose live events nobody knows what was done after the backup, nor whether what was
-- said of its letters before still holds; or the same, moved.
-- Every leader is deposed, so that none goes on as it did elsewhere.
-- :rows now marked
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier, @server nvarchar(400), @database_name nvarchar(400),
        @environment varchar(40),
        @adopted_as varchar(10), @actor nvarchar(200), @last_good datetime2(6),
        @pause_reason nvarchar(400), @silent_reason nvarchar(400), @marked int = 0;
SELECT @uuid = uuid, @server = server, @database_name = database_name, @environment = environment,
       @adopted_as = adopted_as, @actor = actor, @last_good = last_good,
       @pause_reason = pause_reason, @silent_reason = silent_reason
FROM OPENJSON(@doc) WITH (
    uuid uniqueidentifier, server nvarchar(401), database_name nvarchar(401), environment varchar(41),
    adopted_as varchar(11), actor nvarchar(201), last_good datetime2(6), pause_reason nvarchar(401),
    silent_reason nvarchar(401));
BEGIN TRAN;
UPDATE tidegate.leader SET epoch = epoch + 1;
INSERT INTO tidegate.install (id, uuid, server, database_name, environment, since)
SELECT 1, @uuid, @server, @database_name, @environment, @now
WHERE NOT EXISTS (SELECT 1 FROM tidegate.install);
UPDATE tidegate.install
SET uuid = CASE WHEN @adopted_as = 'copy' THEN @uuid ELSE uuid END, server = @server,
    database_name = @database_name, environment = @environment, since = @now,
    adopted_as = @adopted_as, adopted_by = @actor, last_good = @last_good;
IF @adopted_as = 'copy'
BEGIN
    INSERT INTO tidegate.pause (kind, reason, actor, since)
    SELECT 'copy', @pause_reason, @actor, @now
    WHERE NOT EXISTS (SELECT 1 FROM tidegate.pause WHERE kind = 'copy');
    UPDATE tidegate.subscription SET enabled = 0, reason = @silent_reason, changed_at = @now
    WHERE enabled = 1;
    INSERT INTO tidegate.counter (name, value)
    SELECT 'install.copy', 1
    WHERE NOT EXISTS (SELECT 1 FROM tidegate.counter WHERE name = 'install.copy');
END;
IF @adopted_as = 'restored'
BEGIN
    INSERT INTO tidegate.counter (name, value)
    SELECT v.name, 0 FROM (VALUES ('recover.letters'), ('recover.events'), ('recover.attempts')) v (name)
    WHERE NOT EXISTS (SELECT 1 FROM tidegate.counter c WHERE c.name = v.name);
    UPDATE tidegate.counter
    SET value = CASE name WHEN 'recover.letters' THEN (SELECT COALESCE(MAX(id), 0) FROM tidegate.dead_letter)
                          WHEN 'recover.events' THEN (SELECT COALESCE(MAX(id), 0) FROM tidegate.inbox)
                          ELSE (SELECT COALESCE(MAX(id), 0) FROM tidegate.sync_attempt) END
    WHERE name IN ('recover.letters', 'recover.events', 'recover.attempts');
    UPDATE tidegate.dead_letter SET reason = 'unknown'
    WHERE state = 'open' AND reason = 'not_applied';
    UPDATE tidegate.dead_letter SET request_id = NULL
    WHERE request_id IN (SELECT id FROM tidegate.operator_request
                         WHERE verb = 'resolve' AND state IN ('open', 'running', 'paused'));
    UPDATE tidegate.operator_request
    SET state = 'cancelled', ended_at = @now, wake_at = NULL, skipped = matched - changed,
        result = N'{"error":"commits were lost after it was asked for: look again, and ask again"}'
    WHERE verb = 'resolve' AND state IN ('open', 'running', 'paused');
    UPDATE tidegate.sync_queue SET unknown_at = @now
    WHERE state IN (0, 1, 3, 5) AND unknown_at IS NULL;
    SET @marked = @@ROWCOUNT;
END;
INSERT INTO tidegate.audit_trail (at, action, actor, source, entity, old, new, reason, host,
                                  config_version, row_hash)
SELECT @now, action, actor, source, entity, old, new, reason, host, config_version, row_hash
FROM OPENJSON(@doc) WITH (
    action varchar(41), actor nvarchar(201), source varchar(65), entity varchar(65),
    old nvarchar(max), new nvarchar(max), reason nvarchar(2001), host nvarchar(201),
    config_version varchar(65), row_hash varchar(65));
COMMIT;
SELECT @now AS now;
SELECT @marked AS n;
