-- The first ready rows of one target start to run, each with an open attempt; those behind another
-- event of their key are demoted to waiting, once each. Of a run of full states of one entity at the
-- front of a key the last is claimed, and those before it end as superseded. What a recovery has marked
-- (ready, since when it is unknown) does not run, but is to be looked up.
-- :rows fence now superseded claimed demoted
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
        @config_version varchar(65) = CAST(JSON_VALUE(@doc, '$.config_version') AS varchar(65));
DECLARE @stamp varchar(26) = CONVERT(varchar(19), @now, 120)
    + '.' + RIGHT('000000' + CAST(DATEPART(microsecond, @now) AS varchar(6)), 6);
DECLARE @picked TABLE (id bigint PRIMARY KEY, runs smallint NOT NULL);
DECLARE @run TABLE (first_id bigint NOT NULL, seq bigint NOT NULL, id bigint NOT NULL,
                    fits smallint NOT NULL, PRIMARY KEY (first_id, seq));
DECLARE @last TABLE (first_id bigint PRIMARY KEY, seq bigint NOT NULL);
DECLARE @merged TABLE (id bigint PRIMARY KEY, by_id bigint NOT NULL);
DECLARE @superseded TABLE (id bigint PRIMARY KEY, uuid uniqueidentifier NOT NULL);
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
    PRIMARY KEY (priority, queue_id));
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE tidegate.sync_queue SET state = 0, needs_hash = NULL
WHERE state = 3 AND id IN (SELECT TOP (100) id FROM tidegate.sync_queue
                           WHERE state IN (3, 4) AND state = 3 AND due_at <= @now ORDER BY due_at);
INSERT INTO @picked (id, runs)
SELECT TOP (@n) q.id, CASE WHEN EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                        WHERE l.key_id = q.key_id AND l.seq < q.seq)
                           OR EXISTS (SELECT 1 FROM tidegate.order_key o
                                      WHERE o.id = q.key_id AND o.held = 1) THEN 0
                           WHEN q.unknown_at IS NOT NULL THEN 2 ELSE 1 END
FROM tidegate.sync_queue q
WHERE q.state = 0 AND q.target = @target
  AND (q.deadline_at IS NULL OR q.deadline_at > @now OR q.unknown_at IS NOT NULL)
ORDER BY q.priority, q.id;
INSERT INTO @run (first_id, seq, id, fits)
SELECT q.id, f.seq, f.id,
       CASE WHEN f.merges = 1 AND f.state IN (0, 1) AND f.unknown_at IS NULL
                 AND j.head_id = i.head_id THEN 1 ELSE 0 END
FROM @picked k
JOIN tidegate.sync_queue q ON q.id = k.id
CROSS APPLY (SELECT TOP (1) x.merges FROM tidegate.sync_queue x
             WHERE x.key_id = q.key_id AND x.seq > q.seq ORDER BY x.seq) n
CROSS APPLY (SELECT TOP (1000) x.id, x.event_id, x.seq, x.merges, x.state, x.unknown_at
             FROM tidegate.sync_queue x
             WHERE n.merges = 1 AND x.key_id = q.key_id AND x.seq > q.seq ORDER BY x.seq) f
JOIN tidegate.inbox i ON i.id = q.event_id
JOIN tidegate.inbox j ON j.id = f.event_id
WHERE k.runs = 1 AND q.merges = 1 AND q.unknown_at IS NULL;
INSERT INTO @last (first_id, seq)
SELECT r.first_id, MAX(r.seq)
FROM @run r
LEFT JOIN (SELECT first_id, MIN(seq) AS seq FROM @run WHERE fits = 0 GROUP BY first_id) b
       ON b.first_id = r.first_id
WHERE r.fits = 1 AND (b.seq IS NULL OR r.seq < b.seq)
GROUP BY r.first_id;
INSERT INTO @merged (id, by_id)
SELECT e.first_id, l.id
FROM @last e JOIN @run l ON l.first_id = e.first_id AND l.seq = e.seq
UNION ALL
SELECT r.id, l.id
FROM @last e JOIN @run l ON l.first_id = e.first_id AND l.seq = e.seq
JOIN @run r ON r.first_id = e.first_id AND r.seq < e.seq;
IF EXISTS (SELECT 1 FROM @merged)
BEGIN
    INSERT INTO @superseded (id, uuid)
    SELECT m.id, i.uuid FROM @merged m JOIN tidegate.sync_queue q ON q.id = m.id
    JOIN tidegate.inbox i ON i.id = q.event_id;
    UPDATE i SET state = 'superseded', ended_at = @now, ended_by = j.uuid
    FROM tidegate.inbox i
    JOIN tidegate.sync_queue q ON q.event_id = i.id
    JOIN @merged m ON m.id = q.id
    JOIN tidegate.sync_queue l ON l.id = m.by_id
    JOIN tidegate.inbox j ON j.id = l.event_id;
    DELETE FROM tidegate.sync_queue WHERE id IN (SELECT id FROM @merged);
    DELETE FROM @picked WHERE id IN (SELECT id FROM @merged) OR id IN (SELECT by_id FROM @merged);
    INSERT INTO @picked (id, runs) SELECT DISTINCT by_id, 1 FROM @merged;
END;
UPDATE tidegate.sync_queue SET state = CASE WHEN EXISTS (
           SELECT 1 FROM tidegate.sync_queue l
           WHERE l.key_id = sync_queue.key_id AND l.seq < sync_queue.seq) THEN 1 ELSE 5 END
WHERE state = 0 AND id IN (SELECT id FROM @picked WHERE runs = 0);
UPDATE tidegate.sync_queue SET state = 4, due_at = @now
WHERE state = 0 AND id IN (SELECT id FROM @picked WHERE runs = 2);
UPDATE tidegate.sync_queue SET state = 2, epoch = @epoch, token = @token, attempts = attempts + 1,
       tries = tries + 1, due_at = NULL,
       first_at = CASE WHEN first_at IS NULL THEN @now
                       WHEN due_at < @now THEN
                            DATEADD(microsecond, CAST(DATEDIFF_BIG(microsecond, due_at, @now) % 1000000 AS int),
                                DATEADD(second, CAST(DATEDIFF_BIG(microsecond, due_at, @now) / 1000000 AS int),
                                        first_at))
                       ELSE first_at END
WHERE state IN (0, 1) AND id IN (SELECT id FROM @picked WHERE runs = 1);
INSERT INTO tidegate.sync_attempt (event_id, number, kind, target, epoch, alone, opened_at,
                                   config_version)
SELECT q.event_id, q.attempts, 'write', q.target, @epoch, 0, @now, @config_version
FROM @picked k JOIN tidegate.sync_queue q ON q.id = k.id WHERE k.runs = 1 ORDER BY k.id;
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
       p.media_type, p.pointer, o.hash, w.version, w.sent_at, b.request
FROM @picked k
JOIN tidegate.sync_queue q ON q.id = k.id
JOIN tidegate.inbox i ON i.id = q.event_id
JOIN tidegate.payload p ON p.event_id = q.event_id
JOIN tidegate.order_key o ON o.id = q.key_id
OUTER APPLY (SELECT TOP (1) x.number, x.version, x.sent_at FROM tidegate.sync_attempt x
             WHERE x.event_id = q.event_id AND x.kind = 'write' AND x.sent_at IS NOT NULL
               AND x.number < q.attempts ORDER BY x.number DESC) w
LEFT JOIN tidegate.attempt_body b ON b.event_id = q.event_id AND b.number = w.number
WHERE k.runs = 1;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT uuid FROM @superseded ORDER BY id;
SELECT priority, queue_id, event_id, key_id, seq, target, attempts, tries, first_at, unknown_at,
       alone, crashes, needs_until, deadline_at,
       uuid, source, entity, entity_text, kind, operation, head_id, owner, trace, accepted_at, body,
       media_type, pointer, key_hash, write_version,
       write_sent_at, write_request
FROM @claimed ORDER BY queue_id;
SELECT COUNT(*) AS n FROM @picked WHERE runs = 0;
