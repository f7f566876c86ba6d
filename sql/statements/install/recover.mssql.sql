-- After commits were lost nobody knows what was done of the live events: each is looked up before it is
-- tried. What a person had said of a letter was said of another database: it is to be said again, even
-- where nobody had come to it yet.
-- Every leader is deposed, so that none goes on with what it holds.
-- :rows now marked
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @marked int;
BEGIN TRAN;
UPDATE tidegate.leader SET epoch = epoch + 1;
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
