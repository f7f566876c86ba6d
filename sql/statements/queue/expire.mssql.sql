-- Commands whose deadline has passed before they could take effect come to their end, and the next
-- event of each freed key is ready. What runs or is unknown may have taken effect: it is left alone,
-- and so is a dead letter, which is its operator's.
-- :rows fence now expired
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int),
        @config_version varchar(64) = CAST(JSON_VALUE(@doc, '$.config_version') AS varchar(64));
DECLARE @expired TABLE (queue_id bigint PRIMARY KEY, event_id bigint NOT NULL, key_id bigint NOT NULL,
                        uuid uniqueidentifier NOT NULL);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
INSERT INTO @expired (queue_id, event_id, key_id, uuid)
SELECT q.id, q.event_id, q.key_id, i.uuid
FROM OPENJSON(@doc, '$.ids') r JOIN tidegate.sync_queue q ON q.id = CAST(r.value AS bigint)
JOIN tidegate.inbox i ON i.id = q.event_id
WHERE q.deadline_at IS NOT NULL AND q.deadline_at <= @now AND q.state IN (0, 1, 3, 5)
  AND q.unknown_at IS NULL AND i.state = 'live';
INSERT INTO tidegate.audit_trail (event_id, event_uuid, at, action, actor, source, entity, entity_text,
                                  reason, trace_id, config_version, row_hash)
SELECT t.event_id, t.event_uuid, @now, t.action, t.actor, t.source, t.entity, t.entity_text, t.reason,
       t.trace_id, @config_version, t.row_hash
FROM OPENJSON(@doc, '$.trail') WITH (
    queue_id bigint, event_id bigint, event_uuid uniqueidentifier, action varchar(41),
    actor nvarchar(201), source varchar(65), entity varchar(65), entity_text nvarchar(401),
    reason nvarchar(2001), trace_id varchar(33), row_hash varchar(65)) t
JOIN @expired e ON e.queue_id = t.queue_id
ORDER BY t.queue_id;
DELETE FROM tidegate.sync_queue WHERE id IN (SELECT queue_id FROM @expired);
UPDATE tidegate.inbox SET state = 'expired', ended_at = @now, answer_status = 504
WHERE id IN (SELECT event_id FROM @expired);
UPDATE tidegate.sync_queue SET state = 0
WHERE state = 1 AND id IN (
    SELECT n.id FROM (SELECT DISTINCT key_id FROM @expired) e
    CROSS APPLY (SELECT TOP (1) l.id FROM tidegate.sync_queue l
                 WHERE l.key_id = e.key_id ORDER BY l.seq) n);
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT uuid FROM @expired ORDER BY queue_id;
