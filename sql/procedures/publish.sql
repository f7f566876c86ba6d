-- Tell subscribers something, in the caller's own transaction: they hear of it once that commits.
-- Messages of one key go out in the order in which the relay sees them committed.
ALTER PROCEDURE tidegate.publish
    @type VARCHAR(101),
    @subject NVARCHAR(401),
    @data NVARCHAR(MAX),
    @order_key NVARCHAR(4000) = NULL,
    @trace VARCHAR(56) = NULL,
    @event UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    IF @type IS NULL OR CHARINDEX('.', @type) < 2 OR CHARINDEX(' ', @type) > 0
    BEGIN;
        THROW 51005, N'tidegate.publish: @type is a name with a dot, as order.shipped', 1;
    END;
    IF NULLIF(LTRIM(RTRIM(@subject)), N'') IS NULL
    BEGIN;
        THROW 51006, N'tidegate.publish: say what it is about, in @subject', 1;
    END;
    IF @data IS NULL OR ISJSON(@data) <> 1 OR LEFT(LTRIM(@data), 1) <> N'{'
    BEGIN;
        THROW 51007, N'tidegate.publish: @data is a JSON object', 1;
    END;
    SET @event = COALESCE(@event, NEWID());
    INSERT INTO tidegate.outbox (event_uuid, type, subject, key_hash, data, at, trace)
    VALUES (@event, @type, @subject,
            HASHBYTES('SHA2_256', CONCAT(N'published|', COALESCE(@order_key, @subject))),
            @data, SYSUTCDATETIME(), @trace);
    SELECT @event AS event_id;
END
