-- Every key that was ever made, so that a revoked one still has an owner for the record; the newest.
-- :rows now keys
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @n int = CAST(JSON_VALUE(@doc, '$.n') AS int);
SELECT @now AS now;
SELECT TOP (@n) uuid, owner, role, hash, expires_at, revoked_at
FROM tidegate.api_key ORDER BY id DESC;
