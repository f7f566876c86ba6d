-- An event with its body, for whoever edits it.
-- :rows now event last
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
SELECT @now AS now;
SELECT i.uuid, i.source, i.entity, i.entity_text, i.kind, i.operation, i.channel, i.state, p.body,
       p.media_type, p.pointer, p.erased_at
FROM tidegate.inbox i JOIN tidegate.payload p ON p.event_id = i.id WHERE i.uuid = @uuid;
SELECT TOP (1) d.state, d.reason, d.closed_at, d.closed_by
FROM tidegate.inbox i JOIN tidegate.dead_letter d ON d.event_id = i.id
WHERE i.uuid = @uuid ORDER BY d.id DESC;
