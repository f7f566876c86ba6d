-- Outbox rows become one dispatch per subscription, numbered per key as they are seen committed.
-- :rows now
SET NOCOUNT ON; SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = ?, @blob varbinary(max) = ?;
DECLARE @now datetime2(6) = COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = JSON_VALUE(@doc, '$.token'),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @expected int;
DECLARE @numbers TABLE (subscription_id bigint, key_hash binary(32), n int);
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'relay' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT <> 1 THROW 51001, 'tidegate.deposed', 1;
INSERT INTO @numbers
SELECT subscription_id, CAST(SUBSTRING(@blob, key_hash + 1, 32) AS binary(32)), n
FROM OPENJSON(@doc, '$.numbers') WITH (subscription_id bigint, key_hash int, n int);
INSERT INTO tidegate.dispatch_key (subscription_id, key_hash, next_no)
SELECT j.subscription_id, j.key_hash, 1 FROM @numbers j
WHERE NOT EXISTS (SELECT 1 FROM tidegate.dispatch_key k
                  WHERE k.subscription_id = j.subscription_id AND k.key_hash = j.key_hash);
INSERT INTO tidegate.dispatch (subscription_id, dkey_id, no, message_id, event_uuid, type, subject,
                               data, at, trace, state, attempts)
SELECT j.subscription_id, k.id, k.next_no + j.place, j.message_id, j.event_uuid, j.type, j.subject,
       j.data, j.at, j.trace, 0, 0
FROM (SELECT subscription_id, CAST(SUBSTRING(@blob, key_hash + 1, 32) AS binary(32)) AS key_hash,
             place, message_id, event_uuid, type, subject, data, at, trace, n
      FROM OPENJSON(@doc, '$.dispatches') WITH (subscription_id bigint, key_hash int, place int,
           message_id varchar(64), event_uuid uniqueidentifier, type varchar(100),
           subject nvarchar(400), data nvarchar(max), at datetime2(6), trace varchar(55),
           n int '$._n')) j
JOIN tidegate.dispatch_key k ON k.subscription_id = j.subscription_id AND k.key_hash = j.key_hash
ORDER BY j.n;
UPDATE tidegate.dispatch_key SET next_no = k.next_no + j.n
FROM tidegate.dispatch_key k JOIN @numbers j
  ON j.subscription_id = k.subscription_id AND j.key_hash = k.key_hash;
SET @expected = (SELECT COUNT(*) FROM OPENJSON(@doc, '$.taken'));
DELETE FROM tidegate.outbox
WHERE id IN (SELECT id FROM OPENJSON(@doc, '$.taken') WITH (id bigint));
IF @@ROWCOUNT <> @expected THROW 51000, 'tidegate.conflict taken', 1;
COMMIT;
SELECT @now AS now;
