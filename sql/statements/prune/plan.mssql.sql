-- What of each kind is older than it is kept, and since when. A null instant keeps all.
-- :rows now plan counters
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @events datetime2(6) = CAST(JSON_VALUE(@doc, '$.events') AS datetime2(6));
DECLARE @bodies datetime2(6) = CAST(JSON_VALUE(@doc, '$.bodies') AS datetime2(6));
DECLARE @audit datetime2(6) = CAST(JSON_VALUE(@doc, '$.audit') AS datetime2(6));
DECLARE @deliveries datetime2(6) = CAST(JSON_VALUE(@doc, '$.deliveries') AS datetime2(6));
DECLARE @dispatches datetime2(6) = CAST(JSON_VALUE(@doc, '$.dispatches') AS datetime2(6));
DECLARE @requests datetime2(6) = CAST(JSON_VALUE(@doc, '$.requests') AS datetime2(6));
DECLARE @access datetime2(6) = CAST(JSON_VALUE(@doc, '$.access') AS datetime2(6));
DECLARE @alerts datetime2(6) = CAST(JSON_VALUE(@doc, '$.alerts') AS datetime2(6));
DECLARE @processes datetime2(6) = CAST(JSON_VALUE(@doc, '$.processes') AS datetime2(6));
SELECT @now AS now;
SELECT 'events' AS kind, COUNT(*) AS n, MIN(ended_at) AS oldest FROM tidegate.inbox
WHERE state IN ('applied', 'superseded', 'refused', 'expired', 'discarded') AND ended_at < @events
UNION ALL
SELECT 'bodies', COUNT(*), MIN(i.ended_at) FROM tidegate.inbox i JOIN tidegate.payload p ON p.event_id = i.id
WHERE i.state IN ('applied', 'superseded', 'refused', 'expired', 'discarded')
  AND i.ended_at < @bodies AND p.erased_at IS NULL
UNION ALL
SELECT 'audit', COUNT(*), MIN(at) FROM tidegate.audit_trail WHERE at < @audit
UNION ALL
SELECT 'deliveries', COUNT(*), MIN(received_at) FROM tidegate.delivery
WHERE received_at < @deliveries AND verdict <> 'new'
UNION ALL
SELECT 'dispatches', COUNT(*), MIN(closed_at) FROM tidegate.dispatch_attempt WHERE closed_at < @dispatches
UNION ALL
SELECT 'requests', COUNT(*), MIN(ended_at) FROM tidegate.operator_request WHERE ended_at < @requests
UNION ALL
SELECT 'access', COUNT(*), MIN(at) FROM tidegate.access_log WHERE at < @access
UNION ALL
SELECT 'alerts', COUNT(*), MIN(cleared_at) FROM tidegate.alert WHERE cleared_at < @alerts
UNION ALL
SELECT 'processes', COUNT(*), MIN(seen_at) FROM tidegate.process WHERE seen_at < @processes;
SELECT name, value FROM tidegate.counter WHERE name LIKE 'pruned.%' ORDER BY name;
