-- What a batch of sendings came to.
-- :rows now
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = JSON_VALUE(@doc, '$.token'),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @expected int;
DECLARE @delivered TABLE (id bigint PRIMARY KEY);
DECLARE @moves TABLE (id bigint PRIMARY KEY, state int, due_in_s float);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT <> 1 THROW 51001, 'tidegate.deposed', 1;
SET @expected = (SELECT COUNT(*) FROM OPENJSON(@doc, '$.closes'));
UPDATE tidegate.dispatch_attempt SET closed_at = @now, outcome = j.outcome, status = j.status,
       message = j.message, duration_ms = j.duration_ms
FROM tidegate.dispatch_attempt a JOIN OPENJSON(@doc, '$.closes') WITH (id bigint, number int,
     outcome varchar(20), status int, message nvarchar(2000), duration_ms int) j
  ON j.id = a.dispatch_id AND j.number = a.number
WHERE a.closed_at IS NULL;
IF @@ROWCOUNT <> @expected THROW 51000, 'tidegate.conflict closes', 1;
INSERT INTO @delivered SELECT id FROM OPENJSON(@doc, '$.delivered') WITH (id bigint);
SET @expected = (SELECT COUNT(*) FROM @delivered);
DELETE FROM tidegate.dispatch
WHERE id IN (SELECT id FROM @delivered) AND state = 2 AND epoch = @epoch AND token = @token;
IF @@ROWCOUNT <> @expected THROW 51000, 'tidegate.conflict delivered', 1;
INSERT INTO @moves
SELECT * FROM OPENJSON(@doc, '$.moves') WITH (id bigint, state int, due_in_s float);
SET @expected = (SELECT COUNT(*) FROM @moves);
UPDATE tidegate.dispatch SET state = j.state,
       due_at = DATEADD(second, CAST(FLOOR(j.due_in_s) AS int),
                DATEADD(microsecond, CAST((j.due_in_s - FLOOR(j.due_in_s)) * 1000000 AS int), @now))
FROM tidegate.dispatch d JOIN @moves j ON j.id = d.id
WHERE d.state = 2 AND d.epoch = @epoch AND d.token = @token;
IF @@ROWCOUNT <> @expected THROW 51000, 'tidegate.conflict moves', 1;
UPDATE tidegate.dispatch SET state = 0
WHERE state = 1 AND id IN (
    SELECT (SELECT TOP (1) l.id FROM tidegate.dispatch l
            WHERE l.dkey_id = j.dkey_id AND l.state IN (0, 1, 2, 3) ORDER BY l.no)
    FROM (SELECT DISTINCT dkey_id FROM OPENJSON(@doc, '$.freed') WITH (dkey_id bigint)) j);
UPDATE tidegate.subscription SET enabled = 0, reason = j.reason, changed_at = @now
FROM tidegate.subscription s JOIN OPENJSON(@doc, '$.disabled')
     WITH (subscription_id bigint, reason nvarchar(400)) j ON j.subscription_id = s.id;
COMMIT;
SELECT @now AS now;
