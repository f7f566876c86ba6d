-- An operator's wish; the leader carries it out.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host, source,
                                       rate_per_s, ramp, stop_at_percent, state, matched, changed,
                                       skipped)
SELECT CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier), @now, verb, filter, event_uuid, reason,
       actor, host, source, rate_per_s, ramp, stop_at_percent, 'open', 0, 0, 0
FROM OPENJSON(@doc) WITH (
    verb varchar(21), filter nvarchar(max), event_uuid uniqueidentifier, reason nvarchar(2001),
    actor nvarchar(201), host nvarchar(201), source varchar(21),
    rate_per_s int, ramp nvarchar(101), stop_at_percent int);
SELECT @now AS now;
