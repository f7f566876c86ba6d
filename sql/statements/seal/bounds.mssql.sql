-- How far the record goes. The rows come first: each of them has its link by then.
-- :rows now bounds
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @attempt_id bigint = (SELECT MAX(id) FROM tidegate.sync_attempt),
        @audit_id bigint = (SELECT MAX(id) FROM tidegate.audit_trail),
        @covered bigint = (SELECT value FROM tidegate.counter WHERE name = 'sealed.audit'),
        @seq bigint = (SELECT MAX(seq) FROM tidegate.seal);
SELECT @now AS now;
SELECT @attempt_id AS attempt_id, @audit_id AS audit_id, @seq AS seq, s.hash, s.at,
       @covered AS covered
FROM (SELECT 1 AS one) o LEFT JOIN tidegate.seal s ON s.seq = @seq;
