-- Attempts from the newest back, a page at a time along the key; `past` ends the walk.
-- :rows now attempts
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @since datetime2(6) =
            DATEADD(second, -CAST(JSON_VALUE(@doc, '$.since_s') AS int), @now),
        @before bigint = CAST(JSON_VALUE(@doc, '$.before') AS bigint),
        @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) a.id, CASE WHEN a.opened_at < @since THEN 1 ELSE 0 END AS past, a.kind, a.target,
       a.sent_at, a.closed_at, a.outcome, a.[rule], a.rule_version, a.status, a.error_class,
       a.message, b.answer
FROM tidegate.sync_attempt a
LEFT JOIN tidegate.attempt_body b
  ON b.event_id = a.event_id AND b.number = a.number AND a.outcome <> 'applied'
WHERE a.id < @before
ORDER BY a.id DESC;
