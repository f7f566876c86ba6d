-- Somebody says something of a letter or of a group of them, or takes it over; on record.
-- :rows now
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @doc nvarchar(max) = @P1, @blob varbinary(max) = @P2;
DECLARE @now datetime2(6) =
    COALESCE(CAST(JSON_VALUE(@doc, '$.now') AS datetime2(6)), SYSUTCDATETIME());
DECLARE @event_uuid uniqueidentifier =
            TRY_CAST(JSON_VALUE(@doc, '$.event_uuid') AS uniqueidentifier),
        @fingerprint varchar(65) = CAST(JSON_VALUE(@doc, '$.fingerprint') AS varchar(65)),
        @kind varchar(11) = CAST(JSON_VALUE(@doc, '$.kind') AS varchar(11)),
        @text nvarchar(2001),
        @actor nvarchar(201) = JSON_VALUE(@doc, '$.actor'),
        @host nvarchar(201) = JSON_VALUE(@doc, '$.host'),
        @action varchar(41) = CAST(JSON_VALUE(@doc, '$.action') AS varchar(41)),
        @source varchar(65) = CAST(JSON_VALUE(@doc, '$.source') AS varchar(65)),
        @entity varchar(65) = CAST(JSON_VALUE(@doc, '$.entity') AS varchar(65)),
        @entity_text nvarchar(401) = JSON_VALUE(@doc, '$.entity_text'),
        @old nvarchar(max), @new nvarchar(max),
        @reason nvarchar(2001) = JSON_VALUE(@doc, '$.reason'),
        @config_version varchar(65) = CAST(JSON_VALUE(@doc, '$.config_version') AS varchar(65)),
        @row_hash varchar(65) = CAST(JSON_VALUE(@doc, '$.row_hash') AS varchar(65)),
        @fields nvarchar(2001) = JSON_VALUE(@doc, '$.fields');
-- JSON_VALUE gives nothing where there are more than 4,000 characters; with a schema OPENJSON on
-- the TDS test server gives the first 4,000.
SELECT @text = value FROM OPENJSON(@doc) WHERE [key] = N'text';
SELECT @old = value FROM OPENJSON(@doc) WHERE [key] = N'old';
SELECT @new = value FROM OPENJSON(@doc) WHERE [key] = N'new';
BEGIN TRAN;
INSERT INTO tidegate.letter_note (at, event_uuid, fingerprint, kind, text, actor, host)
VALUES (@now, @event_uuid, @fingerprint, @kind, @text, @actor, @host);
INSERT INTO tidegate.audit_trail (event_id, event_uuid, at, action, actor, source, entity,
                                  entity_text, old, new, reason, config_version, row_hash, host,
                                  fields)
SELECT (SELECT id FROM tidegate.inbox WHERE uuid = @event_uuid), @event_uuid, @now, @action, @actor,
       @source, @entity, @entity_text, @old, @new, @reason, @config_version, @row_hash, @host, @fields;
COMMIT;
SELECT @now AS now;
