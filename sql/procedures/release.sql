-- Let a key that an operator holds go on.
ALTER PROCEDURE tidegate.release
    @reason NVARCHAR(2001),
    @order_key NVARCHAR(4000) = NULL,
    @event UNIQUEIDENTIFIER = NULL,
    @request UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @key_id BIGINT, @known INT;
    IF NULLIF(LTRIM(RTRIM(@reason)), N'') IS NULL
    BEGIN;
        THROW 51001, N'tidegate.release: say why, in @reason', 1;
    END;
    IF @event IS NULL
        SELECT @known = COUNT(*), @key_id = MIN(k.id) FROM tidegate.order_key k
        WHERE k.text = @order_key;
    ELSE
        SELECT @known = COUNT(*), @key_id = MIN(i.key_id) FROM tidegate.inbox i
        WHERE i.uuid = @event AND i.key_id IS NOT NULL;
    IF @known = 0
    BEGIN;
        THROW 51003, N'tidegate.release: there is no such key; name @order_key or an @event of it', 1;
    END;
    IF @known > 1
    BEGIN;
        THROW 51004, N'tidegate.release: several keys go by that; name an @event of it', 1;
    END;
    SET @request = NEWID();
    INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host,
                                           source, state, matched, changed, skipped)
    VALUES (@request, SYSUTCDATETIME(), 'release',
            CONCAT(N'{"key_id": ', @key_id, N'}'),
            NULL, LTRIM(RTRIM(@reason)), LEFT(CONCAT(N'sql:', ORIGINAL_LOGIN()), 200),
            LEFT(HOST_NAME(), 200), 'sql', 'open', 0, 0, 0);
    SELECT @request AS request_id, CAST(CASE WHEN EXISTS (
               SELECT 1 FROM tidegate.leader
               WHERE name = 'sync' AND holder <> N''
                 AND beat_at > DATEADD(SECOND, -15, SYSUTCDATETIME()))
           THEN N'the leader carries it out'
           ELSE N'nobody leads: it waits until tidegate up or tidegate processor runs'
           END AS NVARCHAR(100)) AS note;
END
