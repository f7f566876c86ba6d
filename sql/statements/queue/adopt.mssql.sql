-- A new term closes what the old one left open: unknown, to be run alone. What a term of this very
-- process ran (token = survived) is no crash: the process is alive, its store had failed.
-- :rows fence now adopted
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @survived varchar(32) = CAST(JSON_VALUE(@doc, '$.survived') AS varchar(32)),
        @trust_s float = CAST(JSON_VALUE(@doc, '$.trust_s') AS float);
DECLARE @sent_at datetime2(6) = DATEADD(
    microsecond, CAST(ROUND((@trust_s - FLOOR(@trust_s)) * 1000000, 0) AS int),
    DATEADD(second, CAST(FLOOR(@trust_s) AS int),
            CAST(JSON_VALUE(@doc, '$.last_beat') AS datetime2(6))));
DECLARE @stamp varchar(26) = CONVERT(varchar(19), @now, 120)
    + '.' + RIGHT('000000' + CAST(DATEPART(microsecond, @now) AS varchar(6)), 6);
DECLARE @picked TABLE (id bigint PRIMARY KEY, runs smallint NOT NULL);
DECLARE @lines TABLE (event_id bigint NOT NULL, number int NOT NULL, change bigint NOT NULL,
                      line varchar(500), PRIMARY KEY (event_id, number, change));
DECLARE @ids varchar(max), @text varchar(max), @seq bigint, @before binary(32),
        @rows_hash binary(32), @link varchar(300);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
INSERT INTO @picked (id, runs) SELECT id, 1 FROM tidegate.sync_attempt WHERE closed_at IS NULL;
UPDATE q SET state = 4, due_at = @now, unknown_at = COALESCE(q.unknown_at, @now),
       crashes = q.crashes + CASE WHEN q.token = @survived THEN 0 ELSE
                 COALESCE((SELECT a.alone FROM tidegate.sync_attempt a
                           WHERE a.event_id = q.event_id AND a.number = q.attempts), 0) END,
       alone = 1
FROM tidegate.sync_queue q WHERE q.state = 2;
UPDATE tidegate.sync_attempt SET closed_at = @now, outcome = 'unknown', decision = 'crashed',
       [rule] = 'crash', rule_version = 1, detail_hash = '', sent_at = COALESCE(sent_at, @sent_at)
WHERE closed_at IS NULL AND id IN (SELECT id FROM @picked);
INSERT INTO @lines (event_id, number, change, line)
SELECT a.event_id, a.number, 0,
       'c|' + CAST(a.event_id AS varchar(20)) + '|' + CAST(a.number AS varchar(10))
       + '|' + a.outcome + '|' + a.decision + '|' + @stamp + '|' + a.detail_hash
       + COALESCE('|s|' + CONVERT(varchar(19), a.sent_at, 120) + '.'
                  + RIGHT('000000' + CAST(DATEPART(microsecond, a.sent_at) AS varchar(6)), 6), '')
FROM @picked k JOIN tidegate.sync_attempt a ON a.id = k.id;
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
           + '|' + CAST(@seq AS varchar(20)) + '|' + CAST(@epoch AS varchar(20)) + '|crash';
    INSERT INTO tidegate.seal (seq, epoch, kind, ids, rows_hash, hash, at)
    VALUES (@seq, @epoch, 'crash', @ids, @rows_hash, HASHBYTES('SHA2_256', @link), @now);
END;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT COUNT(*) AS n FROM @picked;
