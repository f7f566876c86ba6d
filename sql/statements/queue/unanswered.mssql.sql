-- How long ago a write of another event of the key was sent that nobody answered: the newest of
-- those that are younger than :within_s.
-- :rows now unanswered
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @key_id bigint = CAST(JSON_VALUE(@doc, '$.key_id') AS bigint),
        @event_id bigint = CAST(JSON_VALUE(@doc, '$.event_id') AS bigint),
        @since datetime2(6) = DATEADD(
            millisecond, -CAST(1000 * CAST(JSON_VALUE(@doc, '$.within_s') AS float) AS int), @now);
SELECT @now AS now;
SELECT TOP (1) CAST(DATEDIFF_BIG(microsecond, a.sent_at, @now) AS float) / 1000000 AS age_s
FROM tidegate.sync_attempt a JOIN tidegate.inbox i ON i.id = a.event_id
WHERE a.outcome = 'unknown' AND a.kind = 'write' AND a.sent_at > @since
  AND i.key_id = @key_id AND i.id <> @event_id
ORDER BY a.sent_at DESC;
