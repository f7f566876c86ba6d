-- All that the verdicts of a batch need, in one round trip. What is found is gathered first: a client
-- that does not read holds no lock.
-- :rows now heads keys known gone
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @heads TABLE (row_no int PRIMARY KEY, hash binary(32));
DECLARE @keys TABLE (row_no int PRIMARY KEY, hash binary(32));
DECLARE @messages TABLE (row_no int PRIMARY KEY, hash binary(32));
DECLARE @found_heads TABLE (
    row_no int PRIMARY KEY, id bigint, hash binary(32), version bigint, stamp varchar(40),
    deleted smallint, newest uniqueidentifier, recent nvarchar(max));
DECLARE @found_keys TABLE (
    row_no int PRIMARY KEY, id bigint, hash binary(32), next_seq bigint, target varchar(64),
    held smallint);
DECLARE @known TABLE (
    uuid uniqueidentifier, message_key binary(32), message_no int, content_hash binary(32),
    rule_version int, state varchar(12), answer_status int);
DECLARE @gone TABLE (row_no int, id bigint, hash binary(32), uuid uniqueidentifier, state varchar(12));
INSERT INTO @heads
SELECT CAST([key] AS int), CAST(SUBSTRING(@blob, CAST(value AS bigint) + 1, 32) AS binary(32))
FROM OPENJSON(@doc, '$.heads');
INSERT INTO @keys
SELECT CAST([key] AS int), CAST(SUBSTRING(@blob, CAST(value AS bigint) + 1, 32) AS binary(32))
FROM OPENJSON(@doc, '$.keys');
INSERT INTO @messages
SELECT CAST([key] AS int), CAST(SUBSTRING(@blob, CAST(value AS bigint) + 1, 32) AS binary(32))
FROM OPENJSON(@doc, '$.messages');
INSERT INTO @found_heads
SELECT n.row_no, h.id, h.hash, h.version, h.stamp, h.deleted, h.newest, h.recent
FROM @heads n JOIN tidegate.entity_head h ON h.hash = n.hash;
INSERT INTO @found_keys
SELECT n.row_no, k.id, k.hash, k.next_seq, k.target, k.held
FROM @keys n JOIN tidegate.order_key k ON k.hash = n.hash;
INSERT INTO @known
SELECT e.uuid, e.message_key, e.message_no, e.content_hash, e.rule_version, e.state, e.answer_status
FROM @messages n JOIN tidegate.inbox e ON e.message_key = n.hash
WHERE e.message_key IS NOT NULL;
INSERT INTO @gone
SELECT h.row_no, e.id, h.hash, e.uuid, e.state
FROM @found_heads h JOIN tidegate.inbox e ON e.head_id = h.id
WHERE e.state IN ('dead', 'discarded');
SELECT @now AS now;
SELECT id, hash, version, stamp, deleted, newest, recent FROM @found_heads ORDER BY row_no;
SELECT id, hash, next_seq, target, held FROM @found_keys ORDER BY row_no;
SELECT uuid, message_key, message_no, content_hash, rule_version, state, answer_status
FROM @known ORDER BY message_no;
SELECT hash, uuid, state FROM @gone ORDER BY row_no, id;
