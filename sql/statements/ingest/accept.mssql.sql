-- A batch of deliveries, whole: births by unique key, moves by compare-and-set, everything or nothing.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @head_moves TABLE (
    hash binary(32) PRIMARY KEY, version bigint, seen_version bigint, stamp varchar(40),
    deleted smallint, newest uniqueidentifier, recent nvarchar(max));
DECLARE @key_moves TABLE (hash binary(32) PRIMARY KEY, next_seq bigint, seen_seq bigint,
                          target varchar(64));
DECLARE @events TABLE (
    row_no int PRIMARY KEY, uuid uniqueidentifier, source varchar(64), entity varchar(64),
    entity_text nvarchar(400), kind varchar(12), operation varchar(10), channel varchar(20),
    verdict varchar(12), head_hash binary(32), key_hash binary(32), seq bigint,
    message_key binary(32), message_no int, message_id nvarchar(400), owner nvarchar(200),
    content_hash binary(32), rule_version int, stamp varchar(40), late smallint, state varchar(12),
    trace varchar(55), config_version varchar(64), body varbinary(max), media_type varchar(100),
    pointer nvarchar(200));
INSERT INTO @head_moves
SELECT CAST(SUBSTRING(@blob, hash + 1, hash_len) AS binary(32)), version, seen_version, stamp,
       deleted, newest, recent
FROM OPENJSON(@doc, '$.head_moves') WITH (
    hash bigint, hash_len int, version bigint, seen_version bigint, stamp varchar(41),
    deleted smallint, newest uniqueidentifier, recent nvarchar(max));
INSERT INTO @key_moves
SELECT CAST(SUBSTRING(@blob, hash + 1, hash_len) AS binary(32)), next_seq, seen_seq, target
FROM OPENJSON(@doc, '$.key_moves') WITH (
    hash bigint, hash_len int, next_seq bigint, seen_seq bigint, target varchar(65));
INSERT INTO @events
SELECT row_no, uuid, source, entity, entity_text, kind, operation, channel, verdict,
       CAST(SUBSTRING(@blob, head_hash + 1, head_hash_len) AS binary(32)),
       CAST(SUBSTRING(@blob, key_hash + 1, key_hash_len) AS binary(32)), seq,
       CAST(SUBSTRING(@blob, message_key + 1, message_key_len) AS binary(32)), message_no,
       message_id, owner, CAST(SUBSTRING(@blob, content_hash + 1, content_hash_len) AS binary(32)),
       rule_version, stamp, late, state, trace, config_version,
       SUBSTRING(@blob, body + 1, body_len), media_type, pointer
FROM OPENJSON(@doc, '$.events') WITH (
    row_no int, uuid uniqueidentifier, source varchar(65), entity varchar(65),
    entity_text nvarchar(401), kind varchar(13), operation varchar(11), channel varchar(21),
    verdict varchar(13), head_hash bigint, head_hash_len int, key_hash bigint, key_hash_len int,
    seq bigint, message_key bigint, message_key_len int, message_no int, message_id nvarchar(401),
    owner nvarchar(201), content_hash bigint, content_hash_len int, rule_version int,
    stamp varchar(41), late smallint, state varchar(13), trace varchar(56),
    config_version varchar(65), body bigint, body_len bigint, media_type varchar(101),
    pointer nvarchar(201));
BEGIN TRAN;
INSERT INTO tidegate.entity_head (hash, source, entity, entity_text, version, stamp, deleted, newest,
                                  recent, applied_seq)
SELECT CAST(SUBSTRING(@blob, hash + 1, hash_len) AS binary(32)), source, entity, entity_text,
       version, stamp, deleted, newest, recent, 0
FROM OPENJSON(@doc, '$.head_births') WITH (
    row_no int, hash bigint, hash_len int, source varchar(65), entity varchar(65),
    entity_text nvarchar(401), version bigint, stamp varchar(41), deleted smallint,
    newest uniqueidentifier, recent nvarchar(max))
ORDER BY row_no;
UPDATE h SET version = m.version, stamp = m.stamp, deleted = m.deleted, newest = m.newest,
       recent = m.recent
FROM tidegate.entity_head h JOIN @head_moves m ON m.hash = h.hash
WHERE h.version = m.seen_version;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @head_moves)
BEGIN;
    THROW 51000, 'tidegate.conflict head_moves', 1;
END;
INSERT INTO tidegate.order_key (hash, text, next_seq, applied_seq, target, held)
SELECT CAST(SUBSTRING(@blob, hash + 1, hash_len) AS binary(32)), text, next_seq, 0, target, 0
FROM OPENJSON(@doc, '$.key_births') WITH (
    row_no int, hash bigint, hash_len int, text nvarchar(401), next_seq bigint, target varchar(65))
ORDER BY row_no;
UPDATE k SET next_seq = m.next_seq
FROM tidegate.order_key k JOIN @key_moves m ON m.hash = k.hash
WHERE k.next_seq = m.seen_seq AND k.target = m.target;
IF @@ROWCOUNT <> (SELECT COUNT(*) FROM @key_moves)
BEGIN;
    THROW 51000, 'tidegate.conflict key_moves', 1;
END;
INSERT INTO tidegate.inbox (
    uuid, accepted_at, source, entity, entity_text, kind, operation, channel, verdict, head_id,
    key_id, seq, message_key, message_no, message_id, owner, content_hash, rule_version, stamp, late,
    state, trace, config_version)
SELECT e.uuid, @now, e.source, e.entity, e.entity_text, e.kind, e.operation, e.channel, e.verdict,
       h.id, k.id, e.seq, e.message_key, e.message_no, e.message_id, e.owner, e.content_hash,
       e.rule_version, e.stamp, e.late, e.state, e.trace, e.config_version
FROM @events e
LEFT JOIN tidegate.entity_head h ON h.hash = e.head_hash
LEFT JOIN tidegate.order_key k ON k.hash = e.key_hash
ORDER BY e.row_no;
INSERT INTO tidegate.payload (event_id, body, media_type, pointer)
SELECT i.id, e.body, e.media_type, e.pointer
FROM @events e JOIN tidegate.inbox i ON i.uuid = e.uuid;
INSERT INTO tidegate.sync_queue (event_id, key_id, seq, target, priority, state, attempts, tries,
                                 alone, crashes, deadline_at, merges)
SELECT i.id, i.key_id, i.seq, q.target, q.priority, 0, 0, 0, 0, 0,
       DATEADD(microsecond,
               CAST(ROUND((q.deadline_in_s - FLOOR(q.deadline_in_s)) * 1000000, 0) AS int),
               DATEADD(second, CAST(FLOOR(q.deadline_in_s) AS int), @now)),
       COALESCE(q.merges, 0)
FROM OPENJSON(@doc, '$.queue') WITH (
    row_no int, uuid uniqueidentifier, target varchar(65), priority smallint,
    deadline_in_s float, merges smallint) q
JOIN tidegate.inbox i ON i.uuid = q.uuid
ORDER BY q.row_no;
INSERT INTO tidegate.dead_letter (event_id, event_uuid, born_at, reason, error_class, message,
                                  fingerprint, attempts, state)
SELECT i.id, l.uuid, @now, l.reason, l.error_class, l.message, l.fingerprint, 0, 'open'
FROM OPENJSON(@doc, '$.letters') WITH (
    row_no int, uuid uniqueidentifier, reason varchar(41), error_class varchar(101),
    message nvarchar(2001), fingerprint varchar(65)) l
JOIN tidegate.inbox i ON i.uuid = l.uuid
ORDER BY l.row_no;
INSERT INTO tidegate.delivery (
    uuid, received_at, source, entity, entity_text, channel, verdict, [rule], rule_version, reason,
    content_hash, stamp, event_uuid, message_id, remote, user_agent, headers, config_version, seen,
    last_at)
SELECT uuid, @now, source, entity, entity_text, channel, verdict, [rule], rule_version, reason,
       CAST(SUBSTRING(@blob, content_hash + 1, content_hash_len) AS binary(32)), stamp, event_uuid,
       message_id, remote, user_agent, headers, config_version, COALESCE(seen, 1), @now
FROM OPENJSON(@doc, '$.deliveries') WITH (
    row_no int, uuid uniqueidentifier, source varchar(65), entity varchar(65),
    entity_text nvarchar(401), channel varchar(21), verdict varchar(13), [rule] varchar(41),
    rule_version int, reason nvarchar(401), content_hash bigint, content_hash_len int,
    stamp varchar(41), event_uuid uniqueidentifier, message_id nvarchar(401), remote nvarchar(101),
    user_agent nvarchar(401), headers nvarchar(max), config_version varchar(65), seen int)
ORDER BY row_no;
UPDATE d SET seen = d.seen + s.n, last_at = @now
FROM tidegate.delivery d
JOIN (SELECT uuid, SUM(n) AS n FROM OPENJSON(@doc, '$.seen') WITH (uuid uniqueidentifier, n int)
      GROUP BY uuid) s ON s.uuid = d.uuid;
INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, source,
                                       state, matched, changed, skipped)
SELECT r.uuid, @now, r.verb, r.filter, r.event_uuid, r.reason, r.actor, r.source, 'open', 0, 0, 0
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY event_uuid ORDER BY row_no) AS nth
      FROM OPENJSON(@doc, '$.requests') WITH (
          row_no int, uuid uniqueidentifier, verb varchar(21), filter nvarchar(max),
          event_uuid uniqueidentifier, reason nvarchar(2001), actor nvarchar(201),
          source varchar(21))) r
WHERE r.nth = 1 AND NOT EXISTS (
    SELECT 1 FROM tidegate.operator_request o
    WHERE o.event_uuid = r.event_uuid AND o.state = 'open' AND o.source = 'ingest')
ORDER BY r.row_no;
COMMIT;
SELECT @now AS now;
