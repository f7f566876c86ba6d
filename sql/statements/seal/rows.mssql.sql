-- The rows that links of a page name: attempts, and the changes that they made.
-- :rows now attempts changes
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @refs TABLE (event_id bigint, number int, PRIMARY KEY (event_id, number));
INSERT INTO @refs
SELECT DISTINCT CAST(LEFT(value, CHARINDEX('.', value) - 1) AS bigint),
       CAST(SUBSTRING(value, CHARINDEX('.', value) + 1, 10) AS int)
FROM OPENJSON(@doc, '$.refs');
SELECT @now AS now;
SELECT a.id, a.event_id, a.number, a.kind, a.target, a.epoch, a.alone, a.opened_at, a.sent_at,
       a.closed_at, a.outcome, a.decision, a.[rule], a.rule_version, a.status, a.error_class,
       a.message, a.duration_ms, a.request_hash, a.answer_hash, a.version, a.detail_hash,
       a.config_version
FROM @refs r JOIN tidegate.sync_attempt a ON a.event_id = r.event_id AND a.number = r.number;
SELECT t.id, t.event_id, t.attempt AS number, t.action, t.at, t.row_hash, t.event_uuid, t.actor, t.source, t.entity, t.entity_text, t.old,
       t.new, t.reason, t.host
FROM @refs r JOIN tidegate.audit_trail t ON t.event_id = r.event_id AND t.attempt = r.number
ORDER BY t.id;
