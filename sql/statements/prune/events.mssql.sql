-- Events that came to an end long ago go, with all that is on record of them but the changes that
-- they made, and are counted by their end.
-- :rows fence now pruned
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @cursor varchar(64) = CAST(JSON_VALUE(@doc, '$.cursor') AS varchar(64)),
        @at bigint = CAST(JSON_VALUE(@doc, '$.at') AS bigint);
DECLARE @doomed TABLE (id bigint PRIMARY KEY, uuid uniqueidentifier NOT NULL,
                       state varchar(12) NOT NULL);
DECLARE @pruned TABLE (state varchar(12) PRIMARY KEY, n bigint NOT NULL);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
INSERT INTO @doomed (id, uuid, state)
SELECT i.id, i.uuid, i.state
FROM OPENJSON(@doc, '$.ids') r JOIN tidegate.inbox i ON i.id = CAST(r.value AS bigint)
WHERE i.state IN ('applied', 'superseded', 'refused', 'expired', 'discarded')
  AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue q WHERE q.event_id = i.id);
INSERT INTO @pruned (state, n) SELECT state, COUNT(*) FROM @doomed GROUP BY state;
UPDATE c SET value = c.value + p.n
FROM tidegate.counter c JOIN @pruned p ON c.name = 'pruned.' + p.state;
INSERT INTO tidegate.counter (name, value)
SELECT 'pruned.' + p.state, p.n FROM @pruned p
WHERE NOT EXISTS (SELECT 1 FROM tidegate.counter c WHERE c.name = 'pruned.' + p.state);
DELETE FROM tidegate.attempt_body WHERE event_id IN (SELECT id FROM @doomed);
DELETE FROM tidegate.sync_attempt WHERE event_id IN (SELECT id FROM @doomed);
DELETE FROM tidegate.dead_letter WHERE event_id IN (SELECT id FROM @doomed);
DELETE FROM tidegate.letter_note WHERE event_uuid IN (SELECT uuid FROM @doomed);
DELETE FROM tidegate.delivery WHERE event_uuid IN (SELECT uuid FROM @doomed);
DELETE FROM tidegate.payload WHERE event_id IN (SELECT id FROM @doomed);
DELETE FROM tidegate.inbox WHERE id IN (SELECT id FROM @doomed);
UPDATE tidegate.counter SET value = @at WHERE name = @cursor;
IF @@ROWCOUNT = 0 INSERT INTO tidegate.counter (name, value) VALUES (@cursor, @at);
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
SELECT state, n FROM @pruned ORDER BY state;
