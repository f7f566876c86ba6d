-- A request is carried out, whole, or a step of a job is: letters and events change, rows leave the
-- queue or return to their place, keys are held or let go, the next event of each freed key comes,
-- and all of it is on record under a link of the seal. Where its key is held, whatever comes to the
-- front is held. What an operator edited is a new event at the place of the old one. Where an
-- earlier write may have taken effect (`look`) the far side is looked at before anything is sent.
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
DECLARE @ids varchar(max), @text varchar(max), @seq bigint, @before binary(32),
        @rows_hash binary(32), @link varchar(300);
DECLARE @written TABLE (id bigint PRIMARY KEY, action varchar(40), row_hash varchar(64));
DECLARE @asked TABLE (id bigint PRIMARY KEY, state varchar(12), matched int, changed int, skipped int,
                      result nvarchar(max));
DECLARE @jobs TABLE (id bigint PRIMARY KEY, was varchar(12), state varchar(12), cursor_id bigint,
                     matched int, changed int, skipped int, failed int, result nvarchar(max),
                     progress nvarchar(max), rate_per_s int, stop_at_percent int,
                     wake_at datetime2(6), ended int);
DECLARE @staged TABLE (letter_id bigint PRIMARY KEY, request_id bigint);
DECLARE @unstaged TABLE (letter_id bigint PRIMARY KEY, request_id bigint);
DECLARE @letters TABLE (letter_id bigint PRIMARY KEY, state varchar(12), reason varchar(40),
                        request_id bigint, closed_by nvarchar(200));
DECLARE @edits TABLE (event_id bigint PRIMARY KEY, uuid uniqueidentifier, body bigint, body_len bigint,
                      media_type varchar(100), config_version varchar(64));
DECLARE @ends TABLE (event_id bigint PRIMARY KEY, state varchar(12), answer_status int,
                     ended_by uniqueidentifier);
DECLARE @revived TABLE (event_id bigint PRIMARY KEY);
DECLARE @leaves TABLE (queue_id bigint PRIMARY KEY);
DECLARE @applied TABLE (key_id bigint, head_id bigint, seq bigint);
DECLARE @holds TABLE (key_id bigint PRIMARY KEY);
DECLARE @releases TABLE (key_id bigint PRIMARY KEY);
DECLARE @again TABLE (queue_id bigint PRIMARY KEY, look smallint);
DECLARE @moved TABLE (queue_id bigint PRIMARY KEY, uuid uniqueidentifier, merges smallint);
DECLARE @back TABLE (uuid uniqueidentifier PRIMARY KEY, priority smallint, merges smallint,
                     look smallint);
INSERT INTO @asked
SELECT id, state, matched, changed, skipped, result
FROM OPENJSON(@doc, '$.asked') WITH (
    id bigint, state varchar(13), matched int, changed int, skipped int, result nvarchar(max));
INSERT INTO @jobs
SELECT id, was, state, cursor_id, matched, changed, skipped, failed, result, progress, rate_per_s,
       stop_at_percent, DATEADD(millisecond, CAST(wake_in_s * 1000 AS int), @now), ended
FROM OPENJSON(@doc, '$.jobs') WITH (
    id bigint, was varchar(13), state varchar(13), cursor_id bigint, matched int, changed int,
    skipped int, failed int, result nvarchar(max), progress nvarchar(max), rate_per_s int,
    stop_at_percent int, wake_in_s float, ended int);
INSERT INTO @staged
SELECT letter_id, request_id
FROM OPENJSON(@doc, '$.staged') WITH (letter_id bigint, request_id bigint);
INSERT INTO @unstaged
SELECT letter_id, request_id
FROM OPENJSON(@doc, '$.unstaged') WITH (letter_id bigint, request_id bigint);
INSERT INTO @letters
SELECT letter_id, state, reason, request_id, closed_by
FROM OPENJSON(@doc, '$.letters') WITH (
    letter_id bigint, state varchar(13), reason varchar(41), request_id bigint,
    closed_by nvarchar(201));
INSERT INTO @edits
SELECT event_id, uuid, body, body_len, media_type, config_version
FROM OPENJSON(@doc, '$.edits') WITH (
    event_id bigint, uuid uniqueidentifier, body bigint, body_len bigint, media_type varchar(101),
    config_version varchar(65));
INSERT INTO @ends
SELECT event_id, state, answer_status, ended_by
FROM OPENJSON(@doc, '$.ends') WITH (
    event_id bigint, state varchar(13), answer_status int, ended_by uniqueidentifier);
INSERT INTO @revived SELECT event_id FROM OPENJSON(@doc, '$.revived') WITH (event_id bigint);
INSERT INTO @leaves SELECT queue_id FROM OPENJSON(@doc, '$.leaves') WITH (queue_id bigint);
INSERT INTO @applied
SELECT key_id, head_id, seq
FROM OPENJSON(@doc, '$.applied') WITH (key_id bigint, head_id bigint, seq bigint);
INSERT INTO @holds SELECT key_id FROM OPENJSON(@doc, '$.holds') WITH (key_id bigint);
INSERT INTO @releases SELECT key_id FROM OPENJSON(@doc, '$.releases') WITH (key_id bigint);
INSERT INTO @again
SELECT queue_id, look FROM OPENJSON(@doc, '$.again') WITH (queue_id bigint, look smallint);
INSERT INTO @moved
SELECT queue_id, uuid, merges
FROM OPENJSON(@doc, '$.moved') WITH (queue_id bigint, uuid uniqueidentifier, merges smallint);
INSERT INTO @back
SELECT uuid, priority, merges, look
FROM OPENJSON(@doc, '$.back') WITH (
    uuid uniqueidentifier, priority smallint, merges smallint, look smallint);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE r SET state = a.state, matched = a.matched, changed = a.changed, skipped = a.skipped,
       result = a.result, started_at = COALESCE(r.started_at, @now), ended_at = @now
FROM tidegate.operator_request r JOIN @asked a ON a.id = r.id
WHERE r.state IN ('open', 'running');
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @asked)
BEGIN;
    THROW 51000, 'tidegate.conflict asked', 1;
END;
UPDATE r SET state = j.state, cursor_id = j.cursor_id, matched = j.matched, changed = j.changed,
       skipped = j.skipped, failed = j.failed, result = j.result, progress = j.progress,
       rate_per_s = j.rate_per_s, stop_at_percent = j.stop_at_percent, wake_at = j.wake_at,
       started_at = COALESCE(r.started_at, @now), ended_at = CASE WHEN j.ended = 1 THEN @now END
FROM tidegate.operator_request r JOIN @jobs j ON j.id = r.id
WHERE r.state = j.was;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @jobs)
BEGIN;
    THROW 51000, 'tidegate.conflict jobs', 1;
END;
UPDATE d SET request_id = s.request_id
FROM tidegate.dead_letter d JOIN @staged s ON s.letter_id = d.id
WHERE d.state = 'open' AND d.request_id IS NULL;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @staged)
BEGIN;
    THROW 51000, 'tidegate.conflict staged', 1;
END;
UPDATE d SET state = l.state, reason = l.reason,
       closed_at = CASE WHEN l.state <> 'open' THEN @now END,
       closed_by = CASE WHEN l.state <> 'open' THEN l.closed_by END
FROM tidegate.dead_letter d JOIN @letters l ON l.letter_id = d.id
WHERE d.state = 'open' AND (l.request_id IS NULL OR d.request_id = l.request_id);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @letters)
BEGIN;
    THROW 51000, 'tidegate.conflict letters', 1;
END;
UPDATE d SET request_id = NULL
FROM tidegate.dead_letter d JOIN @unstaged u ON u.letter_id = d.id
WHERE d.request_id = u.request_id;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @unstaged)
BEGIN;
    THROW 51000, 'tidegate.conflict unstaged', 1;
END;
INSERT INTO tidegate.inbox (uuid, accepted_at, source, entity, entity_text, kind, operation, channel,
                            verdict, head_id, key_id, seq, message_no, message_id, owner, rule_version,
                            stamp, late, state, trace, config_version, edited_from)
SELECT e.uuid, @now, i.source, i.entity, i.entity_text, i.kind, i.operation, i.channel, i.verdict,
       i.head_id, i.key_id, i.seq, i.message_no, i.message_id, i.owner, i.rule_version, i.stamp,
       i.late, 'live', i.trace, e.config_version, i.uuid
FROM @edits e JOIN tidegate.inbox i ON i.id = e.event_id WHERE i.state = 'dead';
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @edits)
BEGIN;
    THROW 51000, 'tidegate.conflict edits', 1;
END;
INSERT INTO tidegate.payload (event_id, body, media_type, pointer)
SELECT n.id, SUBSTRING(@blob, e.body + 1, e.body_len), e.media_type, p.pointer
FROM @edits e JOIN tidegate.inbox n ON n.uuid = e.uuid
JOIN tidegate.payload p ON p.event_id = e.event_id;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @edits)
BEGIN;
    THROW 51000, 'tidegate.conflict edits', 1;
END;
UPDATE i SET state = e.state, ended_at = @now, answer_status = e.answer_status,
       ended_by = e.ended_by
FROM tidegate.inbox i JOIN @ends e ON e.event_id = i.id
WHERE i.state = 'dead';
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @ends)
BEGIN;
    THROW 51000, 'tidegate.conflict ends', 1;
END;
UPDATE tidegate.inbox SET state = 'live', ended_at = NULL, answer_status = NULL
WHERE state = 'dead' AND id IN (SELECT event_id FROM @revived);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @revived)
BEGIN;
    THROW 51000, 'tidegate.conflict revived', 1;
END;
DELETE FROM tidegate.sync_queue WHERE state = 5 AND id IN (SELECT queue_id FROM @leaves);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @leaves)
BEGIN;
    THROW 51000, 'tidegate.conflict leaves', 1;
END;
UPDATE h SET applied_seq = a.seq
FROM tidegate.entity_head h
JOIN (SELECT head_id, MAX(seq) AS seq FROM @applied GROUP BY head_id) a ON a.head_id = h.id
WHERE h.applied_seq < a.seq;
UPDATE o SET applied_seq = a.seq
FROM tidegate.order_key o
JOIN (SELECT key_id, MAX(seq) AS seq FROM @applied GROUP BY key_id) a ON a.key_id = o.id
WHERE o.applied_seq < a.seq;
UPDATE tidegate.order_key SET held = 1 WHERE held = 0 AND id IN (SELECT key_id FROM @holds);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @holds)
BEGIN;
    THROW 51000, 'tidegate.conflict holds', 1;
END;
UPDATE tidegate.sync_queue SET state = 5, due_at = COALESCE(due_at, @now)
WHERE state IN (0, 1, 3) AND id IN (
    SELECT n.id FROM @holds e
    CROSS APPLY (SELECT TOP (1) l.id FROM tidegate.sync_queue l
                 WHERE l.key_id = e.key_id ORDER BY l.seq) n);
UPDATE tidegate.order_key SET held = 0 WHERE held = 1 AND id IN (SELECT key_id FROM @releases);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @releases)
BEGIN;
    THROW 51000, 'tidegate.conflict releases', 1;
END;
UPDATE q SET state = CASE WHEN EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                      WHERE l.key_id = q.key_id AND l.seq < q.seq) THEN 1
                         WHEN q.due_at > @now THEN 3 ELSE 0 END
FROM tidegate.sync_queue q JOIN tidegate.inbox i ON i.id = q.event_id
WHERE q.key_id IN (SELECT key_id FROM @releases) AND q.state IN (4, 5) AND q.state = 5
  AND i.state = 'live';
UPDATE q SET state = CASE WHEN k.held = 1 THEN 5 ELSE 0 END, target = k.target, due_at = NULL,
       tries = 0, first_at = NULL, alone = 0, crashes = 0, deadline_at = NULL,
       unknown_at = CASE WHEN a.look = 1 THEN @now END
FROM tidegate.sync_queue q JOIN @again a ON a.queue_id = q.id
JOIN tidegate.order_key k ON k.id = q.key_id
WHERE q.state = 5;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @again)
BEGIN;
    THROW 51000, 'tidegate.conflict again', 1;
END;
UPDATE q SET event_id = i.id, attempts = 0, merges = m.merges
FROM tidegate.sync_queue q JOIN @moved m ON m.queue_id = q.id JOIN tidegate.inbox i ON i.uuid = m.uuid;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @moved)
BEGIN;
    THROW 51000, 'tidegate.conflict moved', 1;
END;
INSERT INTO tidegate.sync_queue (event_id, key_id, seq, target, priority, state, attempts, tries, alone,
                                 crashes, merges, unknown_at)
SELECT i.id, i.key_id, i.seq, k.target, b.priority, CASE WHEN k.held = 1 THEN 5 ELSE 0 END,
       COALESCE((SELECT MAX(a.number) FROM tidegate.sync_attempt a WHERE a.event_id = i.id), 0), 0, 0, 0,
       b.merges, CASE WHEN b.look = 1 THEN @now END
FROM @back b JOIN tidegate.inbox i ON i.uuid = b.uuid JOIN tidegate.order_key k ON k.id = i.key_id
WHERE NOT EXISTS (SELECT 1 FROM tidegate.sync_queue r WHERE r.key_id = i.key_id AND r.state = 2);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @back)
BEGIN;
    THROW 51000, 'tidegate.conflict back', 1;
END;
UPDATE q SET state = CASE WHEN k.held = 1 THEN 5 ELSE 0 END
FROM tidegate.sync_queue q JOIN tidegate.order_key k ON k.id = q.key_id
WHERE q.state = 1 AND q.id IN (
    SELECT n.id FROM OPENJSON(@doc, '$.freed') WITH (key_id bigint) e
    CROSS APPLY (SELECT TOP (1) l.id FROM tidegate.sync_queue l
                 WHERE l.key_id = e.key_id ORDER BY l.seq) n);
INSERT INTO tidegate.outbox (event_uuid, type, subject, key_hash, data, at, trace)
SELECT m.event_uuid, m.type, m.subject, k.hash, m.data, @now, m.trace
FROM OPENJSON(@doc, '$.outbox') WITH (
    event_uuid uniqueidentifier, type varchar(101), subject nvarchar(401), key_id bigint,
    data nvarchar(max), trace varchar(56)) m
JOIN tidegate.order_key k ON k.id = m.key_id;
INSERT INTO tidegate.audit_trail (event_id, event_uuid, at, action, actor, source, entity, entity_text,
                                  old, new, reason, trace_id, config_version, row_hash, host, fields)
OUTPUT inserted.id, inserted.action, inserted.row_hash INTO @written
SELECT event_id, event_uuid, @now, action, actor, source, entity, entity_text, old, new, reason,
       trace_id, config_version, row_hash, host, fields
FROM OPENJSON(@doc, '$.trail') WITH (
    event_id bigint, event_uuid uniqueidentifier, action varchar(41), actor nvarchar(201),
    source varchar(65), entity varchar(65), entity_text nvarchar(401), old nvarchar(max),
    new nvarchar(max), reason nvarchar(2001), trace_id varchar(33), config_version varchar(65),
    row_hash varchar(65), host nvarchar(201), fields nvarchar(2001));
SET @ids = (SELECT CAST(id AS varchar(20)) AS l FROM @written ORDER BY id FOR XML PATH(''));
SET @text = (SELECT 'r|' + CAST(id AS varchar(20)) + '|' + action + '|' + @stamp + '|' + row_hash AS l
             FROM @written ORDER BY id FOR XML PATH(''));
IF @ids IS NOT NULL
BEGIN
    SET @ids = REPLACE(SUBSTRING(@ids, 4, LEN(@ids) - 7), '</l><l>', ',');
    SET @text = REPLACE(SUBSTRING(@text, 4, LEN(@text) - 7), '</l><l>', ';');
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
           + '|' + CAST(@seq AS varchar(20)) + '|' + CAST(@epoch AS varchar(20)) + '|request';
    INSERT INTO tidegate.seal (seq, epoch, kind, ids, rows_hash, hash, at)
    VALUES (@seq, @epoch, 'request', @ids, @rows_hash, HASHBYTES('SHA2_256', @link), @now);
END;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
