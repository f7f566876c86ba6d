-- Outbox rows become one dispatch per subscription, numbered per key as they are seen committed.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @numbers TABLE (subscription_id bigint, key_hash binary(32), n bigint,
                        PRIMARY KEY (subscription_id, key_hash));
DECLARE @taken TABLE (id bigint PRIMARY KEY);
INSERT INTO @numbers
SELECT subscription_id, CAST(SUBSTRING(@blob, key_hash + 1, key_hash_len) AS binary(32)), n
FROM OPENJSON(@doc, '$.numbers') WITH (
    subscription_id bigint, key_hash bigint, key_hash_len int, n bigint);
INSERT INTO @taken SELECT id FROM OPENJSON(@doc, '$.taken') WITH (id bigint);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
INSERT INTO tidegate.dispatch_key (subscription_id, key_hash, next_no)
SELECT n.subscription_id, n.key_hash, 1 FROM @numbers n
WHERE NOT EXISTS (SELECT 1 FROM tidegate.dispatch_key k
                  WHERE k.subscription_id = n.subscription_id AND k.key_hash = n.key_hash);
INSERT INTO tidegate.dispatch (subscription_id, dkey_id, no, message_id, event_uuid, type, subject,
                               data, at, trace, state, attempts)
SELECT d.subscription_id, k.id, k.next_no + d.place, d.message_id, d.event_uuid, d.type, d.subject,
       d.data, d.at, d.trace, 0, 0
FROM OPENJSON(@doc, '$.dispatches') WITH (
    row_no int, subscription_id bigint, key_hash bigint, key_hash_len int, place bigint,
    message_id varchar(65), event_uuid uniqueidentifier, type varchar(101), subject nvarchar(401),
    data nvarchar(max), at datetime2(6), trace varchar(56)) d
JOIN tidegate.dispatch_key k ON k.subscription_id = d.subscription_id
  AND k.key_hash = CAST(SUBSTRING(@blob, d.key_hash + 1, d.key_hash_len) AS binary(32))
ORDER BY d.row_no;
UPDATE k SET next_no = k.next_no + n.n
FROM tidegate.dispatch_key k
JOIN @numbers n ON n.subscription_id = k.subscription_id AND n.key_hash = k.key_hash;
DELETE FROM tidegate.outbox WHERE id IN (SELECT id FROM @taken);
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @taken)
BEGIN;
    THROW 51000, 'tidegate.conflict taken', 1;
END;
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
