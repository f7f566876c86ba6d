-- What a batch of sendings came to.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @closes TABLE (id bigint NOT NULL, number int NOT NULL, outcome varchar(20), status int,
                       message nvarchar(2000), duration_ms int, PRIMARY KEY (id, number));
DECLARE @delivered TABLE (id bigint PRIMARY KEY);
DECLARE @moves TABLE (id bigint PRIMARY KEY, state smallint, due_at datetime2(6));
INSERT INTO @closes
SELECT id, number, outcome, status, message, duration_ms
FROM OPENJSON(@doc, '$.closes') WITH (
    id bigint, number int, outcome varchar(21), status int, message nvarchar(2001), duration_ms int);
INSERT INTO @delivered SELECT id FROM OPENJSON(@doc, '$.delivered') WITH (id bigint);
INSERT INTO @moves
SELECT id, state,
       DATEADD(microsecond, CAST(ROUND((due_in_s - FLOOR(due_in_s)) * 1000000, 0) AS int),
               DATEADD(second, CAST(FLOOR(due_in_s) AS int), @now))
FROM OPENJSON(@doc, '$.moves') WITH (id bigint, state smallint, due_in_s float);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE a SET closed_at = @now, outcome = c.outcome, status = c.status, message = c.message,
       duration_ms = c.duration_ms
FROM tidegate.dispatch_attempt a JOIN @closes c ON c.id = a.dispatch_id AND c.number = a.number
WHERE a.closed_at IS NULL;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @closes)
BEGIN;
    THROW 51000, 'tidegate.conflict closes', 1;
END;
DELETE FROM tidegate.dispatch
WHERE state = 2 AND epoch = @epoch AND token = @token AND id IN (SELECT id FROM @delivered);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @delivered)
BEGIN;
    THROW 51000, 'tidegate.conflict delivered', 1;
END;
UPDATE d SET state = m.state, due_at = m.due_at
FROM tidegate.dispatch d JOIN @moves m ON m.id = d.id
WHERE d.state = 2 AND d.epoch = @epoch AND d.token = @token;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @moves)
BEGIN;
    THROW 51000, 'tidegate.conflict moves', 1;
END;
UPDATE tidegate.dispatch SET state = 0
WHERE state = 1 AND id IN (
    SELECT n.id
    FROM (SELECT DISTINCT dkey_id FROM OPENJSON(@doc, '$.freed') WITH (dkey_id bigint)) f
    CROSS APPLY (SELECT TOP (1) l.id FROM tidegate.dispatch l
                 WHERE l.dkey_id = f.dkey_id AND l.state IN (0, 1, 2, 3) ORDER BY l.no) n);
UPDATE s SET enabled = 0, reason = d.reason, changed_at = @now
FROM tidegate.subscription s
JOIN OPENJSON(@doc, '$.disabled') WITH (subscription_id bigint, reason nvarchar(401)) d
  ON d.subscription_id = s.id;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
