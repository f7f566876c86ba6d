-- What a standby watches: it changes while somebody leads.
-- :rows now leader
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @name varchar(20) = CAST(JSON_VALUE(@doc, '$.name') AS varchar(20));
SELECT @now AS now;
SELECT name, epoch, token, beat, beat_at, schema_no, holder, since, locked,
       CAST(DATEDIFF_BIG(microsecond, beat_at, @now) AS float) / 1000000 AS age_s
FROM tidegate.leader WHERE name = @name;
