-- Due rows of unknown outcome are looked up: a probe is opened. alone = 1 takes those that were
-- open at a crash. What came of the last write that was sent is either in doubt, or known; then it is
-- a recovery that made the row unknown, and whatever was lost was sent before that. A repeat whose
-- own answer is known (refused) is not that write: the one before it is in doubt, since it was sent.
-- A repeat that died with its process asked what the unanswered write before it had asked.
-- :rows fence now claimed
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @target varchar(64) = CAST(JSON_VALUE(@doc, '$.target') AS varchar(64)),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int),
        @alone smallint = CAST(JSON_VALUE(@doc, '$.alone') AS smallint),
        @config_version varchar(65) = CAST(JSON_VALUE(@doc, '$.config_version') AS varchar(65));
DECLARE @stamp varchar(26) = CONVERT(varchar(19), @now, 120)
    + '.' + RIGHT('000000' + CAST(DATEPART(microsecond, @now) AS varchar(6)), 6);
DECLARE @picked TABLE (id bigint PRIMARY KEY, runs smallint NOT NULL);
DECLARE @lines TABLE (event_id bigint NOT NULL, number int NOT NULL, change bigint NOT NULL,
                      line varchar(500), PRIMARY KEY (event_id, number, change));
DECLARE @ids varchar(max), @text varchar(max), @seq bigint, @before binary(32),
        @rows_hash binary(32), @link varchar(300);
DECLARE @claimed TABLE (
    priority smallint, queue_id bigint, event_id bigint, key_id bigint, seq bigint,
    target varchar(64), attempts int, tries int, first_at datetime2(6), unknown_at datetime2(6),
    alone smallint, crashes smallint, needs_until datetime2(6), deadline_at datetime2(6),
    uuid uniqueidentifier, source varchar(64), entity varchar(64),
    entity_text nvarchar(400), kind varchar(12), operation varchar(10), head_id bigint,
    owner nvarchar(200), trace varchar(55), accepted_at datetime2(6), body varbinary(max),
    media_type varchar(100), pointer nvarchar(200), key_hash binary(32),
    write_version nvarchar(400), write_sent_at datetime2(6), write_request varbinary(max),
    write_config varchar(64), PRIMARY KEY (priority, queue_id));
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
INSERT INTO @picked (id, runs)
SELECT TOP (@n) id, 1 FROM tidegate.sync_queue
WHERE state IN (3, 4) AND state = 4 AND due_at <= @now AND alone = @alone AND target = @target
ORDER BY due_at, id;
UPDATE tidegate.sync_queue SET state = 2, epoch = @epoch, token = @token, attempts = attempts + 1,
       first_at = DATEADD(microsecond, CAST(DATEDIFF_BIG(microsecond, due_at, @now) % 1000000 AS int),
                   DATEADD(second, CAST(DATEDIFF_BIG(microsecond, due_at, @now) / 1000000 AS int),
                           first_at)),
       unknown_at = DATEADD(microsecond, CAST(DATEDIFF_BIG(microsecond, due_at, @now) % 1000000 AS int),
                   DATEADD(second, CAST(DATEDIFF_BIG(microsecond, due_at, @now) / 1000000 AS int),
                           unknown_at))
WHERE state = 4 AND id IN (SELECT id FROM @picked);
INSERT INTO tidegate.sync_attempt (event_id, number, kind, target, epoch, alone, opened_at,
                                   config_version)
SELECT q.event_id, q.attempts, 'probe', q.target, @epoch, q.alone, @now, @config_version
FROM @picked k JOIN tidegate.sync_queue q ON q.id = k.id ORDER BY k.id;
INSERT INTO @lines (event_id, number, change, line)
SELECT a.event_id, a.number, 0,
       'o|' + CAST(a.event_id AS varchar(20)) + '|' + CAST(a.number AS varchar(10)) + '|' + a.kind
       + '|' + a.target + '|' + CAST(a.epoch AS varchar(20)) + '|' + CAST(a.alone AS varchar(5))
       + '|' + @stamp + '|' + a.config_version
FROM @picked k
JOIN tidegate.sync_queue q ON q.id = k.id
JOIN tidegate.sync_attempt a ON a.event_id = q.event_id AND a.number = q.attempts
WHERE k.runs = 1;
SET @ids = (SELECT CAST(event_id AS varchar(20)) + '.' + CAST(number AS varchar(10)) AS l
            FROM @lines ORDER BY event_id, number, change FOR XML PATH(''));
SET @text = (SELECT line AS l FROM @lines ORDER BY event_id, number, change FOR XML PATH(''));
IF @ids IS NOT NULL
BEGIN
    SET @ids = REPLACE(SUBSTRING(@ids, 4, LEN(@ids) - 7), '</l><l>', ',');
    SET @text = REPLACE(REPLACE(REPLACE(REPLACE(SUBSTRING(@text, 4, LEN(@text) - 7),
                '</l><l>', ';'), '&lt;', '<'), '&gt;', '>'), '&amp;', '&');
    SET @rows_hash = HASHBYTES('SHA2_256', @text);
    SELECT TOP (1) @seq = seq + 1, @before = hash FROM tidegate.seal ORDER BY seq DESC;
    SET @link = CAST(CAST(SUBSTRING(@before, 1, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@before, 9, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@before, 17, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@before, 25, 8) AS bigint) AS varchar(20))
           + '|' + CAST(CAST(SUBSTRING(@rows_hash, 1, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@rows_hash, 9, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@rows_hash, 17, 8) AS bigint) AS varchar(20))
           + ',' + CAST(CAST(SUBSTRING(@rows_hash, 25, 8) AS bigint) AS varchar(20))
           + '|' + CAST(@seq AS varchar(20)) + '|' + CAST(@epoch AS varchar(20)) + '|open';
    INSERT INTO tidegate.seal (seq, epoch, kind, ids, rows_hash, hash, at)
    VALUES (@seq, @epoch, 'open', @ids, @rows_hash, HASHBYTES('SHA2_256', @link), @now);
END;
INSERT INTO @claimed
SELECT q.priority, q.id, q.event_id, q.key_id, q.seq, q.target, q.attempts, q.tries, q.first_at,
       q.unknown_at, q.alone, q.crashes, q.needs_until, q.deadline_at, i.uuid, i.source, i.entity,
       i.entity_text, i.kind, i.operation, i.head_id, i.owner, i.trace, i.accepted_at, p.body,
       p.media_type, p.pointer, o.hash,
       CASE WHEN r.number IS NULL THEN w.version ELSE r.version END,
       COALESCE(w.sent_at, q.unknown_at), b.request, w.config_version
FROM @picked k
JOIN tidegate.sync_queue q ON q.id = k.id
JOIN tidegate.inbox i ON i.id = q.event_id
JOIN tidegate.payload p ON p.event_id = q.event_id
JOIN tidegate.order_key o ON o.id = q.key_id
OUTER APPLY (SELECT l.number, l.version, l.sent_at, l.config_version
             FROM (SELECT TOP (1) x.number, x.version, x.sent_at, x.decision, x.config_version
                   FROM tidegate.sync_attempt x
                   WHERE x.event_id = q.event_id AND x.kind = 'write' AND x.sent_at IS NOT NULL
                     AND x.number < q.attempts
                     AND NOT (x.decision = 'indoubt' AND x.outcome <> 'unknown')
                   ORDER BY x.number DESC) l
             WHERE l.decision IN ('indoubt', 'crashed')) w
OUTER APPLY (SELECT TOP (1) x.number, x.version FROM tidegate.sync_attempt x
             WHERE x.event_id = q.event_id AND x.kind = 'write' AND x.outcome = 'unknown'
               AND x.decision = 'indoubt' AND x.number <= w.number AND NOT EXISTS (
                 SELECT 1 FROM tidegate.sync_attempt y
                 WHERE y.event_id = x.event_id AND y.number > x.number AND y.number < q.attempts
                   AND y.decision NOT IN ('indoubt', 'crashed', 'repeated'))
             ORDER BY x.number DESC) r
LEFT JOIN tidegate.attempt_body b
    ON b.event_id = q.event_id AND b.number = COALESCE(r.number, w.number)
WHERE k.runs = 1;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT priority, queue_id, event_id, key_id, seq, target, attempts, tries, first_at, unknown_at,
       alone, crashes, needs_until, deadline_at,
       uuid, source, entity, entity_text, kind, operation, head_id, owner, trace, accepted_at, body,
       media_type, pointer, key_hash, write_version,
       write_sent_at, write_request, write_config
FROM @claimed ORDER BY queue_id;
