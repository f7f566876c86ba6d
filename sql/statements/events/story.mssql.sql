-- The rest of an event's story: what arrived, what was changed, whom it was told.
-- :rows now deliveries letters changes dispatches
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = TRY_CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier);
SELECT @now AS now;
SELECT TOP (200) uuid, received_at, verdict, [rule], reason, stamp, message_id, remote, seen, last_at
FROM tidegate.delivery WHERE event_uuid = @uuid ORDER BY id;
SELECT d.born_at, d.reason, d.error_class, d.message, d.attempts, d.state
FROM tidegate.inbox e JOIN tidegate.dead_letter d ON d.event_id = e.id
WHERE e.uuid = @uuid ORDER BY d.id;
SELECT t.at, t.action, t.actor, t.old, t.new, t.reason, t.attempt
FROM tidegate.inbox e JOIN tidegate.audit_trail t ON t.event_id = e.id
WHERE e.uuid = @uuid ORDER BY t.id;
SELECT a.number, a.message_id, a.opened_at, a.closed_at, a.outcome, a.status, a.message,
       s.name AS subscription
FROM tidegate.dispatch_attempt a JOIN tidegate.subscription s ON s.id = a.subscription_id
WHERE a.event_uuid = @uuid ORDER BY a.id;
