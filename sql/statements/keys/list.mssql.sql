-- API keys, the newest first; what they are is kept nowhere.
-- :rows now keys
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) uuid, owner, role, prefix, created_at, created_by, expires_at, revoked_at, revoked_by,
       last_used_at, @now AS now
FROM tidegate.api_key ORDER BY id DESC;
