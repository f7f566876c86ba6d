-- The groups whose fingerprint begins so, of open letters or of notes; two are one too many.
-- :rows now groups
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @first varchar(64) = CAST(JSON_VALUE(@doc, '$.first') AS varchar(64)),
        @last varchar(65) = CAST(JSON_VALUE(@doc, '$.last') AS varchar(65));
SELECT @now AS now;
SELECT TOP (2) f.fingerprint
FROM (SELECT fingerprint FROM tidegate.dead_letter
      WHERE state = 'open' AND fingerprint >= @first AND fingerprint < @last
      UNION SELECT fingerprint FROM tidegate.letter_note
      WHERE fingerprint >= @first AND fingerprint < @last) f
ORDER BY f.fingerprint;
