-- The keys that go by an id or by a prefix; more than one share a prefix by chance only.
-- :rows now keys
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @uuid uniqueidentifier = CAST(JSON_VALUE(@doc, '$.uuid') AS uniqueidentifier),
        @prefix varchar(16) = CAST(JSON_VALUE(@doc, '$.prefix') AS varchar(16));
SELECT @now AS now;
SELECT uuid, owner, role, prefix, created_at, created_by, expires_at, revoked_at, revoked_by,
       last_used_at, @now AS now
FROM tidegate.api_key WHERE uuid = @uuid OR prefix = @prefix ORDER BY id;
