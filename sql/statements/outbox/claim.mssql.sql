-- The first ready dispatches start to be sent; those behind a live one of their key wait.
-- :rows fence now claimed demoted
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
DECLARE @picked TABLE (id bigint PRIMARY KEY, runs smallint NOT NULL);
DECLARE @claimed TABLE (
    id bigint PRIMARY KEY, subscription_id bigint, dkey_id bigint, no bigint, message_id varchar(64),
    event_uuid uniqueidentifier, type varchar(100), subject nvarchar(400), data nvarchar(max),
    at datetime2(6), trace varchar(55), attempts int, url nvarchar(2000), name varchar(64),
    enabled smallint);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE tidegate.dispatch SET state = 0, due_at = NULL
WHERE state = 3 AND id IN (SELECT TOP (100) id FROM tidegate.dispatch
                           WHERE state = 3 AND due_at <= @now ORDER BY due_at);
INSERT INTO @picked (id, runs)
SELECT TOP (@n) d.id, CASE WHEN EXISTS (SELECT 1 FROM tidegate.dispatch l
                                        WHERE l.dkey_id = d.dkey_id AND l.no < d.no
                                          AND l.state IN (0, 1, 2, 3)) THEN 0 ELSE 1 END
FROM tidegate.dispatch d WHERE d.state = 0 ORDER BY d.id;
UPDATE tidegate.dispatch SET state = 1
WHERE state = 0 AND id IN (SELECT id FROM @picked WHERE runs = 0);
UPDATE tidegate.dispatch SET state = 2, epoch = @epoch, token = @token, attempts = attempts + 1,
       first_at = COALESCE(first_at, @now)
WHERE state = 0 AND id IN (SELECT id FROM @picked WHERE runs = 1);
INSERT INTO tidegate.dispatch_attempt (dispatch_id, event_uuid, subscription_id, message_id, number,
                                       epoch, opened_at)
SELECT d.id, d.event_uuid, d.subscription_id, d.message_id, d.attempts, @epoch, @now
FROM @picked k JOIN tidegate.dispatch d ON d.id = k.id WHERE k.runs = 1 ORDER BY k.id;
INSERT INTO @claimed
SELECT d.id, d.subscription_id, d.dkey_id, d.no, d.message_id, d.event_uuid, d.type, d.subject,
       d.data, d.at, d.trace, d.attempts, s.url, s.name, s.enabled
FROM @picked k
JOIN tidegate.dispatch d ON d.id = k.id
JOIN tidegate.subscription s ON s.id = d.subscription_id
WHERE k.runs = 1;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT id, subscription_id, dkey_id, no, message_id, event_uuid, type, subject, data, at, trace,
       attempts, url, name, enabled
FROM @claimed ORDER BY id;
SELECT COUNT(*) AS n FROM @picked WHERE runs = 0;
