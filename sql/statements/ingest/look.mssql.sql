-- All that the verdicts of a batch need, in one round trip; what is about commands is asked only
-- where there are some. What is found is gathered first: a client that does not read holds no lock.
-- :rows now heads keys known blocked pauses backlog
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
DECLARE @gone TABLE (row_no int, id bigint, uuid uniqueidentifier, state varchar(12));
DECLARE @backlog int = COALESCE(CAST(JSON_VALUE(@doc, '$.backlog') AS int), 0);
DECLARE @command_keys TABLE (row_no int PRIMARY KEY, hash binary(32));
DECLARE @blocked TABLE (
    row_no int PRIMARY KEY, hash binary(32), held smallint, uuid uniqueidentifier,
    row_state smallint, state varchar(12), since datetime2(6), due_at datetime2(6));
DECLARE @pauses TABLE (
    id bigint PRIMARY KEY, target varchar(64), entity varchar(64), kind varchar(20),
    reason nvarchar(400), since datetime2(6), until_at datetime2(6), probe_at datetime2(6));
DECLARE @waiting TABLE (n int);
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
SELECT h.row_no, e.id, e.uuid, e.state
FROM @found_heads h JOIN tidegate.inbox e ON e.head_id = h.id
WHERE e.state IN ('dead', 'discarded');
INSERT INTO @command_keys
SELECT CAST([key] AS int), CAST(SUBSTRING(@blob, CAST(value AS bigint) + 1, 32) AS binary(32))
FROM OPENJSON(@doc, '$.command_keys');
IF EXISTS (SELECT 1 FROM @command_keys)
BEGIN
    INSERT INTO @blocked
    SELECT n.row_no, k.hash, k.held, e.uuid, q.state, e.state,
           COALESCE(q.unknown_at, l.born_at, q.first_at), q.due_at
    FROM @command_keys n
    JOIN tidegate.order_key k ON k.hash = n.hash
    OUTER APPLY (SELECT TOP (1) b.event_id, b.state, b.unknown_at, b.first_at, b.due_at
                 FROM tidegate.sync_queue b
                 WHERE b.key_id = k.id AND b.state IN (4, 5) ORDER BY b.seq) q
    LEFT JOIN tidegate.inbox e ON e.id = q.event_id
    OUTER APPLY (SELECT MAX(x.born_at) AS born_at FROM tidegate.dead_letter x
                 WHERE x.event_id = q.event_id AND x.state = 'open') l
    WHERE q.event_id IS NOT NULL OR k.held = 1;
    INSERT INTO @pauses
    SELECT id, target, entity, kind, reason, since, until_at, probe_at
    FROM tidegate.pause WHERE until_at IS NULL OR until_at > @now;
    INSERT INTO @waiting
    SELECT COUNT(*) FROM (
        SELECT TOP (CASE WHEN @backlog > 0 THEN @backlog + 1 ELSE 0 END) id
        FROM tidegate.sync_queue WHERE state IN (0, 1, 3)) w;
END;
SELECT @now AS now;
SELECT h.id, h.hash, h.version, h.stamp, h.deleted, h.newest, h.recent, g.uuid AS gone,
       g.state AS gone_state
FROM @found_heads h LEFT JOIN @gone g ON g.row_no = h.row_no
ORDER BY h.row_no, g.id;
SELECT id, hash, next_seq, target, held FROM @found_keys ORDER BY row_no;
SELECT uuid, message_key, message_no, content_hash, rule_version, state, answer_status
FROM @known ORDER BY message_no;
SELECT hash, held, uuid, row_state, state, since, due_at FROM @blocked ORDER BY row_no;
SELECT target, entity, kind, reason, since, until_at, probe_at FROM @pauses ORDER BY id;
SELECT n FROM @waiting;
