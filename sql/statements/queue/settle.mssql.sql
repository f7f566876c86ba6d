-- What a batch of attempts came to, whole: attempts closed, rows moved or ended, the record, the
-- outbox, the next event of each freed key, and the seal.
-- Heads are locked before keys, as ingest/accept does: the other order is a deadlock.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @stamp varchar(26) = CONVERT(varchar(19), @now, 120)
    + '.' + RIGHT('000000' + CAST(DATEPART(microsecond, @now) AS varchar(6)), 6);
DECLARE @lines TABLE (event_id bigint NOT NULL, number int NOT NULL, change bigint NOT NULL,
                      line varchar(500), PRIMARY KEY (event_id, number, change));
DECLARE @ids varchar(max), @text varchar(max), @seq bigint, @before binary(32),
        @rows_hash binary(32), @link varchar(300);
DECLARE @closes TABLE (
    event_id bigint NOT NULL, number int NOT NULL, outcome varchar(20), decision varchar(20),
    [rule] varchar(60), rule_version int, status int, error_class varchar(100),
    message nvarchar(2000), duration_ms int, sent_at datetime2(6), request_hash varchar(64),
    answer_hash varchar(64), version nvarchar(400), detail_hash varchar(64),
    PRIMARY KEY (event_id, number));
DECLARE @ends TABLE (queue_id bigint PRIMARY KEY, event_id bigint, key_id bigint, state varchar(12),
                     answer_status int);
DECLARE @moves TABLE (queue_id bigint PRIMARY KEY, state smallint, due_at datetime2(6), tries int,
                      unknown int, alone smallint, still_s float);
DECLARE @links TABLE (hash binary(32) PRIMARY KEY, target varchar(64), source varchar(64),
                      entity varchar(64), entity_text nvarchar(400), record_type varchar(64),
                      record_id nvarchar(200), record_key nvarchar(400),
                      event_uuid uniqueidentifier);
DECLARE @needs TABLE (queue_id bigint PRIMARY KEY, hash binary(32), until_at datetime2(6));
DECLARE @applied TABLE (key_id bigint, head_id bigint, seq bigint);
DECLARE @helds TABLE (event_id bigint PRIMARY KEY);
INSERT INTO @closes
SELECT event_id, number, outcome, decision, [rule], rule_version, status, error_class, message,
       duration_ms,
       DATEADD(microsecond, -CAST(ROUND((sent_ago_s - FLOOR(sent_ago_s)) * 1000000, 0) AS int),
               DATEADD(second, -CAST(FLOOR(sent_ago_s) AS int), @now)),
       request_hash, answer_hash, version, detail_hash
FROM OPENJSON(@doc, '$.closes') WITH (
    event_id bigint, number int, outcome varchar(21), decision varchar(21), [rule] varchar(61),
    rule_version int, status int, error_class varchar(101), message nvarchar(2001), duration_ms int,
    sent_ago_s float, request_hash varchar(65), answer_hash varchar(65), version nvarchar(401),
    detail_hash varchar(65));
INSERT INTO @ends
SELECT queue_id, event_id, key_id, state, answer_status
FROM OPENJSON(@doc, '$.ends') WITH (
    queue_id bigint, event_id bigint, key_id bigint, state varchar(13), answer_status int);
INSERT INTO @moves
SELECT queue_id, state,
       DATEADD(microsecond, CAST(ROUND((due_in_s - FLOOR(due_in_s)) * 1000000, 0) AS int),
               DATEADD(second, CAST(FLOOR(due_in_s) AS int), @now)),
       tries, unknown, alone, still_s
FROM OPENJSON(@doc, '$.moves') WITH (
    queue_id bigint, state smallint, due_in_s float, tries int, unknown int, alone smallint,
    still_s float);
INSERT INTO @links
SELECT CAST(SUBSTRING(@blob, hash + 1, 32) AS binary(32)), target, source, entity, entity_text,
       record_type, record_id, record_key, event_uuid
FROM OPENJSON(@doc, '$.links') WITH (
    hash bigint, target varchar(65), source varchar(65), entity varchar(65),
    entity_text nvarchar(401), record_type varchar(65), record_id nvarchar(201),
    record_key nvarchar(401), event_uuid uniqueidentifier);
INSERT INTO @needs
SELECT queue_id, CAST(SUBSTRING(@blob, hash + 1, 32) AS binary(32)),
       DATEADD(microsecond, CAST(ROUND((wait_s - FLOOR(wait_s)) * 1000000, 0) AS int),
               DATEADD(second, CAST(FLOOR(wait_s) AS int), @now))
FROM OPENJSON(@doc, '$.needs') WITH (queue_id bigint, hash bigint, wait_s float);
INSERT INTO @applied
SELECT key_id, head_id, seq
FROM OPENJSON(@doc, '$.applied') WITH (key_id bigint, head_id bigint, seq bigint);
INSERT INTO @helds SELECT event_id FROM OPENJSON(@doc, '$.helds') WITH (event_id bigint);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE a SET closed_at = @now, outcome = c.outcome, decision = c.decision, [rule] = c.[rule],
       rule_version = c.rule_version, status = c.status, error_class = c.error_class,
       message = c.message, duration_ms = c.duration_ms, sent_at = c.sent_at,
       request_hash = c.request_hash, answer_hash = c.answer_hash, version = c.version,
       detail_hash = c.detail_hash
FROM tidegate.sync_attempt a JOIN @closes c ON c.event_id = a.event_id AND c.number = a.number
WHERE a.closed_at IS NULL;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @closes)
BEGIN;
    THROW 51000, 'tidegate.conflict closes', 1;
END;
INSERT INTO tidegate.attempt_body (event_id, number, request, answer)
SELECT event_id, number, SUBSTRING(@blob, request + 1, request_len),
       SUBSTRING(@blob, answer + 1, answer_len)
FROM OPENJSON(@doc, '$.bodies') WITH (
    event_id bigint, number int, request bigint, request_len bigint, answer bigint,
    answer_len bigint);
DELETE FROM tidegate.sync_queue
WHERE state = 2 AND epoch = @epoch AND token = @token AND id IN (SELECT queue_id FROM @ends);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @ends)
BEGIN;
    THROW 51000, 'tidegate.conflict ends', 1;
END;
UPDATE i SET state = e.state, ended_at = CASE WHEN e.state <> 'dead' THEN @now END,
       answer_status = e.answer_status
FROM tidegate.inbox i JOIN @ends e ON e.event_id = i.id
WHERE i.state = 'live';
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @ends)
BEGIN;
    THROW 51000, 'tidegate.conflict ends', 1;
END;
UPDATE p SET answer = SUBSTRING(@blob, a.answer + 1, a.answer_len)
FROM tidegate.payload p
JOIN OPENJSON(@doc, '$.answers') WITH (event_id bigint, answer bigint, answer_len bigint) a
  ON a.event_id = p.event_id;
UPDATE h SET applied_seq = a.seq
FROM tidegate.entity_head h
JOIN (SELECT head_id, MAX(seq) AS seq FROM @applied GROUP BY head_id) a ON a.head_id = h.id
WHERE h.applied_seq < a.seq;
UPDATE o SET applied_seq = a.seq
FROM tidegate.order_key o
JOIN (SELECT key_id, MAX(seq) AS seq FROM @applied GROUP BY key_id) a ON a.key_id = o.id
WHERE o.applied_seq < a.seq;
UPDATE q SET state = m.state, due_at = m.due_at, tries = q.tries + m.tries,
       first_at = DATEADD(microsecond, CAST(ROUND((m.still_s - FLOOR(m.still_s)) * 1000000, 0) AS int),
               DATEADD(second, CAST(FLOOR(m.still_s) AS int), q.first_at)),
       unknown_at = CASE WHEN m.unknown = 1 THEN COALESCE(
               DATEADD(microsecond,
                       CAST(ROUND((m.still_s - FLOOR(m.still_s)) * 1000000, 0) AS int),
                       DATEADD(second, CAST(FLOOR(m.still_s) AS int), q.unknown_at)), @now) END,
       alone = m.alone, needs_until = NULL
FROM tidegate.sync_queue q JOIN @moves m ON m.queue_id = q.id
WHERE q.state = 2 AND q.epoch = @epoch AND q.token = @token;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @moves)
BEGIN;
    THROW 51000, 'tidegate.conflict moves', 1;
END;
IF EXISTS (SELECT 1 FROM @links)
BEGIN
    UPDATE e SET record_type = l.record_type, record_id = l.record_id, record_key = l.record_key,
           event_uuid = l.event_uuid, at = @now
    FROM tidegate.entity_link e JOIN @links l ON l.hash = e.hash;
    INSERT INTO tidegate.entity_link (hash, target, source, entity, entity_text, record_type,
                                      record_id, record_key, event_uuid, at)
    SELECT hash, target, source, entity, entity_text, record_type, record_id, record_key,
           event_uuid, @now
    FROM @links l
    WHERE NOT EXISTS (SELECT 1 FROM tidegate.entity_link e WHERE e.hash = l.hash);
END;
DELETE e FROM tidegate.entity_link e
JOIN OPENJSON(@doc, '$.unlinks') WITH (hash bigint) u
  ON e.hash = CAST(SUBSTRING(@blob, u.hash + 1, 32) AS binary(32));
IF EXISTS (SELECT 1 FROM @needs)
BEGIN
    UPDATE q SET state = 3, needs_hash = n.hash, tries = q.tries - 1, first_at = NULL,
           alone = 0, needs_until = COALESCE(q.needs_until, n.until_at),
           due_at = COALESCE(q.needs_until, n.until_at)
    FROM tidegate.sync_queue q JOIN @needs n ON n.queue_id = q.id
    WHERE q.state = 2 AND q.epoch = @epoch AND q.token = @token;
    IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @needs)
    BEGIN;
        THROW 51000, 'tidegate.conflict needs', 1;
    END;
    UPDATE q SET state = 0, due_at = @now, needs_hash = NULL
    FROM tidegate.sync_queue q JOIN @needs n ON n.queue_id = q.id
    JOIN tidegate.entity_link e ON e.hash = n.hash;
END;
IF EXISTS (SELECT 1 FROM @links)
    UPDATE q SET state = CASE WHEN q.state = 3 THEN 0 ELSE q.state END, due_at = @now,
           needs_hash = NULL
    FROM tidegate.sync_queue q JOIN @links l ON l.hash = q.needs_hash
    WHERE q.needs_hash IS NOT NULL;
INSERT INTO tidegate.dead_letter (event_id, event_uuid, key_id, born_at, reason, error_class,
                                  message, fingerprint, attempts, state)
SELECT event_id, event_uuid, key_id, @now, reason, error_class, message, fingerprint, attempts, 'open'
FROM OPENJSON(@doc, '$.letters') WITH (
    row_no int, event_id bigint, event_uuid uniqueidentifier, key_id bigint, reason varchar(41),
    error_class varchar(101), message nvarchar(2001), fingerprint varchar(65), attempts int)
ORDER BY row_no;
UPDATE tidegate.inbox SET state = 'dead'
WHERE state = 'live' AND id IN (SELECT event_id FROM @helds);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @helds)
BEGIN;
    THROW 51000, 'tidegate.conflict helds', 1;
END;
UPDATE tidegate.sync_queue SET state = 0
WHERE state = 1 AND id IN (
    SELECT n.id FROM (SELECT DISTINCT key_id FROM @ends) e
    CROSS APPLY (SELECT TOP (1) l.id FROM tidegate.sync_queue l
                 WHERE l.key_id = e.key_id ORDER BY l.seq) n);
INSERT INTO tidegate.audit_trail (event_id, attempt, event_uuid, at, action, actor, source, entity,
                                  entity_text, old, new, reason, trace_id, config_version, row_hash)
SELECT event_id, number, event_uuid, @now, action, actor, source, entity, entity_text, old, new,
       reason, trace_id, config_version, row_hash
FROM OPENJSON(@doc, '$.trail') WITH (
    row_no int, event_id bigint, number int, event_uuid uniqueidentifier, action varchar(41),
    actor nvarchar(201), source varchar(65), entity varchar(65), entity_text nvarchar(401),
    old nvarchar(max), new nvarchar(max), reason nvarchar(2001), trace_id varchar(33),
    config_version varchar(65), row_hash varchar(65))
ORDER BY row_no;
INSERT INTO tidegate.outbox (event_uuid, type, subject, key_hash, data, at, trace)
SELECT event_uuid, type, subject,
       CAST(SUBSTRING(@blob, key_hash + 1, key_hash_len) AS binary(32)), data, @now, trace
FROM OPENJSON(@doc, '$.outbox') WITH (
    row_no int, event_uuid uniqueidentifier, type varchar(101), subject nvarchar(401),
    key_hash bigint, key_hash_len int, data nvarchar(max), trace varchar(56))
ORDER BY row_no;
INSERT INTO @lines (event_id, number, change, line)
SELECT a.event_id, a.number, COALESCE(t.id, 0),
       'c|' + CAST(a.event_id AS varchar(20)) + '|' + CAST(a.number AS varchar(10))
       + '|' + a.outcome + '|' + a.decision + '|' + @stamp + '|' + a.detail_hash
       + COALESCE('|s|' + CONVERT(varchar(19), a.sent_at, 120) + '.'
                  + RIGHT('000000' + CAST(DATEPART(microsecond, a.sent_at) AS varchar(6)), 6), '')
       + COALESCE('|a|' + t.action + '|' + @stamp + '|' + t.row_hash, '')
FROM @closes c
JOIN tidegate.sync_attempt a ON a.event_id = c.event_id AND a.number = c.number
LEFT JOIN tidegate.audit_trail t ON t.event_id = a.event_id AND t.attempt = a.number;
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
           + '|' + CAST(@seq AS varchar(20)) + '|' + CAST(@epoch AS varchar(20)) + '|close';
    INSERT INTO tidegate.seal (seq, epoch, kind, ids, rows_hash, hash, at)
    VALUES (@seq, @epoch, 'close', @ids, @rows_hash, HASHBYTES('SHA2_256', @link), @now);
END;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
