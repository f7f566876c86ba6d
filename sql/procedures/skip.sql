-- Leave a letter dead, and let its key go on.
ALTER PROCEDURE tidegate.skip
    @event UNIQUEIDENTIFIER,
    @reason NVARCHAR(2001),
    @request UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    IF NULLIF(LTRIM(RTRIM(@reason)), N'') IS NULL
    BEGIN;
        THROW 51001, N'tidegate.skip: say why, in @reason', 1;
    END;
    IF NOT EXISTS (SELECT 1 FROM tidegate.inbox i JOIN tidegate.dead_letter d ON d.event_id = i.id
                   WHERE i.uuid = @event)
    BEGIN;
        THROW 51002, N'tidegate.skip: that event never died', 1;
    END;
    SET @request = NEWID();
    INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host,
                                           source, state, matched, changed, skipped)
    VALUES (@request, SYSUTCDATETIME(), 'skip',
            N'{}',
            @event, LTRIM(RTRIM(@reason)), LEFT(CONCAT(N'sql:', ORIGINAL_LOGIN()), 200),
            LEFT(HOST_NAME(), 200), 'sql', 'open', 0, 0, 0);
    SELECT @request AS request_id, CAST(CASE WHEN EXISTS (
               SELECT 1 FROM tidegate.leader
               WHERE name = 'sync' AND holder <> N''
                 AND beat_at > DATEADD(SECOND, -15, SYSUTCDATETIME()))
           THEN N'the leader carries it out'
           ELSE N'nobody leads: it waits until tidegate up or tidegate processor runs'
           END AS NVARCHAR(100)) AS note;
END
