-- Who asked what: new rows, and how often the same was asked since.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @seen TABLE (uuid uniqueidentifier PRIMARY KEY, n int);
INSERT INTO @seen SELECT uuid, n FROM OPENJSON(@doc, '$.seen') WITH (uuid uniqueidentifier, n int);
BEGIN TRAN;
INSERT INTO tidegate.access_log (uuid, at, face, method, path, status, owner, role, remote, request_id,
                                 reason, seen)
SELECT uuid, @now, face, method, path, status, owner, role, remote, request_id, reason, seen
FROM OPENJSON(@doc, '$.rows') WITH (
    uuid uniqueidentifier, face varchar(13), method varchar(11), path nvarchar(401), status int,
    owner nvarchar(201), role varchar(13), remote nvarchar(101), request_id nvarchar(101),
    reason nvarchar(401), seen int);
UPDATE a SET seen = a.seen + s.n FROM tidegate.access_log a JOIN @seen s ON s.uuid = a.uuid;
COMMIT;
SELECT @now AS now;
