-- What is known of some events of one entity goes: what they said, what was sent, what came back, what
-- they changed, and whose they were. Hashes, times, states and outcomes stay, and that they were erased
-- is on record.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @request_id bigint = CAST(JSON_VALUE(@doc, '$.request_id') AS bigint),
        @changed int = CAST(JSON_VALUE(@doc, '$.changed') AS int);
DECLARE @result nvarchar(max) = (SELECT result FROM OPENJSON(@doc) WITH (result nvarchar(max)));
DECLARE @cursor_id bigint = CAST(JSON_VALUE(@doc, '$.cursor_id') AS bigint),
        @state varchar(12) = CAST(JSON_VALUE(@doc, '$.state') AS varchar(12)),
        @matched int = CAST(JSON_VALUE(@doc, '$.matched') AS int),
        @skipped int = CAST(JSON_VALUE(@doc, '$.skipped') AS int);
DECLARE @picked TABLE (id bigint PRIMARY KEY, uuid uniqueidentifier NOT NULL);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE tidegate.operator_request
SET state = @state, cursor_id = @cursor_id, matched = @matched, changed = @changed,
    skipped = @skipped, result = @result, started_at = COALESCE(started_at, @now),
    ended_at = CASE WHEN @state <> 'running' THEN @now END
WHERE id = @request_id AND state IN ('open', 'running');
INSERT INTO @picked (id, uuid)
SELECT i.id, i.uuid
FROM OPENJSON(@doc, '$.ids') r JOIN tidegate.inbox i ON i.id = CAST(r.value AS bigint)
WHERE i.state <> 'live';
DELETE FROM tidegate.attempt_body WHERE event_id IN (SELECT id FROM @picked);
UPDATE tidegate.payload SET body = 0x, answer = NULL, erased_at = @now
WHERE event_id IN (SELECT id FROM @picked);
UPDATE tidegate.sync_attempt SET message = NULL WHERE event_id IN (SELECT id FROM @picked);
UPDATE tidegate.dead_letter SET message = N'' WHERE event_id IN (SELECT id FROM @picked);
UPDATE tidegate.letter_note SET text = N'' WHERE event_uuid IN (SELECT uuid FROM @picked);
UPDATE tidegate.operator_request SET filter = N'{}', result = NULL
WHERE state NOT IN ('open', 'running') AND event_uuid IN (SELECT uuid FROM @picked);
UPDATE tidegate.audit_trail
SET entity_text = NULL, old = NULL, new = NULL, reason = NULL, fields = NULL
WHERE event_id IN (SELECT id FROM @picked) AND action <> 'erased';
UPDATE tidegate.delivery
SET entity_text = NULL, message_id = NULL, headers = NULL, remote = NULL, reason = N''
WHERE event_uuid IN (SELECT uuid FROM @picked);
UPDATE tidegate.inbox SET entity_text = NULL, message_id = NULL WHERE id IN (SELECT id FROM @picked);
INSERT INTO tidegate.audit_trail (event_id, event_uuid, at, action, actor, source, entity, reason, host,
                                  config_version, row_hash)
SELECT event_id, event_uuid, @now, action, actor, source, entity, reason, host, config_version, row_hash
FROM OPENJSON(@doc, '$.trail') WITH (
    event_id bigint, event_uuid uniqueidentifier, action varchar(41), actor nvarchar(201),
    source varchar(65), entity varchar(65), reason nvarchar(2001), host nvarchar(201),
    config_version varchar(65), row_hash varchar(65));
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
