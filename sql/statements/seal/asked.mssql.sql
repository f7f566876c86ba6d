-- The changes that links of a page name: those that no attempt made.
-- :rows now changes
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
SELECT @now AS now;
SELECT t.id, t.event_id, t.action, t.at, t.row_hash, t.event_uuid, t.actor, t.source, t.entity, t.entity_text, t.old,
       t.new, t.reason, t.host
FROM OPENJSON(@doc, '$.ids') r JOIN tidegate.audit_trail t ON t.id = CAST(r.value AS bigint);
