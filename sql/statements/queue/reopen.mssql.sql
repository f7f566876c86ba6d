-- A probe found nothing and the command may be repeated: its probe is closed and the repeat opened
-- in one transaction, so that the row is never without an open attempt while it runs.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @config_version varchar(65) = CAST(JSON_VALUE(@doc, '$.config_version') AS varchar(65));
DECLARE @stamp varchar(26) = CONVERT(varchar(19), @now, 120)
    + '.' + RIGHT('000000' + CAST(DATEPART(microsecond, @now) AS varchar(6)), 6);
DECLARE @picked TABLE (id bigint PRIMARY KEY, runs smallint NOT NULL);
DECLARE @lines TABLE (event_id bigint NOT NULL, number int NOT NULL, change bigint NOT NULL,
                      line varchar(500), PRIMARY KEY (event_id, number, change));
DECLARE @ids varchar(max), @text varchar(max), @seq bigint, @before binary(32),
        @rows_hash binary(32), @link varchar(300);
DECLARE @closes TABLE (
    event_id bigint NOT NULL, number int NOT NULL, outcome varchar(20), decision varchar(20),
    [rule] varchar(60), rule_version int, status int, error_class varchar(100),
    message nvarchar(2000), duration_ms int, sent_at datetime2(6), request_hash varchar(64),
    version nvarchar(400), detail_hash varchar(64), PRIMARY KEY (event_id, number));
INSERT INTO @closes
SELECT event_id, number, outcome, decision, [rule], rule_version, status, error_class, message,
       duration_ms,
       DATEADD(microsecond, -CAST(ROUND((sent_ago_s - FLOOR(sent_ago_s)) * 1000000, 0) AS int),
               DATEADD(second, -CAST(FLOOR(sent_ago_s) AS int), @now)),
       request_hash, version, detail_hash
FROM OPENJSON(@doc, '$.closes') WITH (
    event_id bigint, number int, outcome varchar(21), decision varchar(21), [rule] varchar(61),
    rule_version int, status int, error_class varchar(101), message nvarchar(2001), duration_ms int,
    sent_ago_s float, request_hash varchar(65), version nvarchar(401), detail_hash varchar(65));
INSERT INTO @picked (id, runs)
SELECT queue_id, 1 FROM OPENJSON(@doc, '$.reopened') WITH (queue_id bigint);
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
       message = c.message, duration_ms = c.duration_ms, detail_hash = c.detail_hash
FROM tidegate.sync_attempt a JOIN @closes c ON c.event_id = a.event_id AND c.number = a.number
WHERE a.closed_at IS NULL;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @closes)
BEGIN;
    THROW 51000, 'tidegate.conflict closes', 1;
END;
INSERT INTO @lines (event_id, number, change, line)
SELECT a.event_id, a.number, 0,
       'c|' + CAST(a.event_id AS varchar(20)) + '|' + CAST(a.number AS varchar(10))
       + '|' + a.outcome + '|' + a.decision + '|' + @stamp + '|' + a.detail_hash
       + COALESCE('|s|' + CONVERT(varchar(19), a.sent_at, 120) + '.'
                  + RIGHT('000000' + CAST(DATEPART(microsecond, a.sent_at) AS varchar(6)), 6), '')
FROM @closes c JOIN tidegate.sync_attempt a ON a.event_id = c.event_id AND a.number = c.number;
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
UPDATE tidegate.sync_queue SET attempts = attempts + 1, tries = tries + 1
WHERE state = 2 AND epoch = @epoch AND token = @token AND id IN (SELECT id FROM @picked);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @picked)
BEGIN;
    THROW 51000, 'tidegate.conflict reopened', 1;
END;
INSERT INTO tidegate.sync_attempt (event_id, number, kind, target, epoch, alone, opened_at,
                                   config_version)
SELECT q.event_id, q.attempts, 'write', q.target, @epoch, q.alone, @now, @config_version
FROM @picked k JOIN tidegate.sync_queue q ON q.id = k.id ORDER BY k.id;
DELETE FROM @lines;
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
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
