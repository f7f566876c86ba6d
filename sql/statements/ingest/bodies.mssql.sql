-- The stored bodies of some events, with what was hashed beside them.
-- :rows now bodies
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @found TABLE (uuid uniqueidentifier, operation varchar(10), stamp varchar(40),
                      body varbinary(max), media_type varchar(100), pointer nvarchar(200));
INSERT INTO @found
SELECT e.uuid, e.operation, e.stamp, p.body, p.media_type, p.pointer
FROM OPENJSON(@doc, '$.uuids') u
JOIN tidegate.inbox e ON e.uuid = CAST(u.value AS uniqueidentifier)
JOIN tidegate.payload p ON p.event_id = e.id
WHERE p.erased_at IS NULL;
SELECT SYSUTCDATETIME() AS now;
SELECT uuid, operation, stamp, body, media_type, pointer FROM @found;
