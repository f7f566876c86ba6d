-- An archived event returns, at its end, with its body and its deliveries; its attempts stay in the
-- archive. Where its message id has come again since, that one keeps it.
-- :rows fence now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @epoch bigint = CAST(JSON_VALUE(@doc, '$.epoch') AS bigint),
        @token varchar(32) = CAST(JSON_VALUE(@doc, '$.token') AS varchar(32)),
        @schema_no int = CAST(JSON_VALUE(@doc, '$.schema_no') AS int);
DECLARE @request_id bigint = CAST(JSON_VALUE(@doc, '$.request_id') AS bigint),
        @changed int = CAST(JSON_VALUE(@doc, '$.changed') AS int);
DECLARE @result nvarchar(max) = (SELECT result FROM OPENJSON(@doc) WITH (result nvarchar(max)));
DECLARE @request_state varchar(12) = CAST(JSON_VALUE(@doc, '$.request_state') AS varchar(12));
BEGIN TRAN;
UPDATE tidegate.leader SET beat = beat + 1, beat_at = @now
WHERE name = 'sync' AND epoch = @epoch AND token = @token AND schema_no = @schema_no;
IF @@ROWCOUNT = 0
BEGIN
    ROLLBACK;
    SELECT 1 AS held WHERE 1 = 0;
    RETURN;
END;
UPDATE tidegate.operator_request
SET state = @request_state, matched = 1, changed = @changed, skipped = 1 - @changed,
    result = @result, started_at = @now, ended_at = @now
WHERE id = @request_id AND state IN ('open', 'running');
INSERT INTO tidegate.inbox (uuid, accepted_at, source, entity, entity_text, kind, operation, channel,
                            verdict, head_id, key_id, seq, message_key, message_no, message_id, owner,
                            content_hash, rule_version, stamp, late, state, ended_at, answer_status,
                            trace, config_version, ended_by, edited_from)
SELECT v.uuid, v.accepted_at, v.source, v.entity, v.entity_text, v.kind, v.operation, v.channel,
       v.verdict, v.head_id, v.key_id, v.seq,
       CASE WHEN NOT EXISTS (
           SELECT 1 FROM tidegate.inbox o
           WHERE o.message_key = CAST(SUBSTRING(@blob, v.message_key + 1, v.message_key_len) AS binary(32)))
       THEN CAST(SUBSTRING(@blob, v.message_key + 1, v.message_key_len) AS binary(32)) END,
       v.message_no, v.message_id, v.owner,
       CAST(SUBSTRING(@blob, v.content_hash + 1, v.content_hash_len) AS binary(32)), v.rule_version,
       v.stamp, v.late, v.state, v.ended_at, v.answer_status, v.trace, v.config_version, v.ended_by,
       v.edited_from
FROM OPENJSON(@doc, '$.inbox') WITH (
    uuid uniqueidentifier, accepted_at datetime2(6), source varchar(65), entity varchar(65),
    entity_text nvarchar(401), kind varchar(13), operation varchar(11), channel varchar(21),
    verdict varchar(13), head_id bigint, key_id bigint, seq bigint, message_key int,
    message_key_len int, message_no int, message_id nvarchar(401), owner nvarchar(201),
    content_hash int, content_hash_len int, rule_version int, stamp varchar(41), late smallint,
    state varchar(13), ended_at datetime2(6), answer_status int, trace varchar(56),
    config_version varchar(65), ended_by uniqueidentifier, edited_from uniqueidentifier) v;
INSERT INTO tidegate.payload (event_id, body, media_type, pointer, answer, erased_at)
SELECT i.id, COALESCE(SUBSTRING(@blob, v.body + 1, v.body_len), 0x), v.media_type, v.pointer,
       SUBSTRING(@blob, v.answer + 1, v.answer_len), v.erased_at
FROM OPENJSON(@doc, '$.payload') WITH (
    event_uuid uniqueidentifier, body int, body_len int, media_type varchar(101),
    pointer nvarchar(201), answer int, answer_len int, erased_at datetime2(6)) v
JOIN tidegate.inbox i ON i.uuid = v.event_uuid;
INSERT INTO tidegate.delivery (uuid, received_at, source, entity, entity_text, channel, verdict, [rule],
                               rule_version, reason, content_hash, stamp, event_uuid, message_id,
                               remote, user_agent, headers, config_version, seen, last_at)
SELECT v.uuid, v.received_at, v.source, v.entity, v.entity_text, v.channel, v.verdict, v.[rule],
       v.rule_version, v.reason,
       CAST(SUBSTRING(@blob, v.content_hash + 1, v.content_hash_len) AS binary(32)), v.stamp,
       v.event_uuid, v.message_id, v.remote, v.user_agent, v.headers, v.config_version, v.seen, v.last_at
FROM OPENJSON(@doc, '$.deliveries') WITH (
    uuid uniqueidentifier, received_at datetime2(6), source varchar(65), entity varchar(65),
    entity_text nvarchar(401), channel varchar(21), verdict varchar(13), [rule] varchar(41),
    rule_version int, reason nvarchar(401), content_hash int, content_hash_len int, stamp varchar(41),
    event_uuid uniqueidentifier, message_id nvarchar(401), remote nvarchar(101),
    user_agent nvarchar(401), headers nvarchar(max), config_version varchar(65), seen int,
    last_at datetime2(6)) v
WHERE NOT EXISTS (SELECT 1 FROM tidegate.delivery d WHERE d.uuid = v.uuid);
UPDATE c SET value = c.value - 1
FROM tidegate.counter c
JOIN OPENJSON(@doc, '$.inbox') WITH (state varchar(13)) v ON c.name = 'pruned.' + v.state;
INSERT INTO tidegate.audit_trail (event_uuid, at, action, actor, source, entity, entity_text, reason,
                                  host, config_version, row_hash)
SELECT event_uuid, @now, action, actor, source, entity, entity_text, reason, host, config_version,
       row_hash
FROM OPENJSON(@doc, '$.trail') WITH (
    event_uuid uniqueidentifier, action varchar(41), actor nvarchar(201), source varchar(65),
    entity varchar(65), entity_text nvarchar(401), reason nvarchar(2001), host nvarchar(201),
    config_version varchar(65), row_hash varchar(65));
COMMIT;
SELECT 1 AS held;
SELECT @now AS now;
