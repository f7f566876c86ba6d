-- Tidegate's schema for SQL Server 2016 and newer (compatibility level 130 or higher).
-- Written by `python -m sql.dump` from sql/tables and sql/views; edit those.
-- For an empty database; what is there already is left as it is. Run it with sqlcmd -b.
-- The options that filtered indexes ask of every session that writes to their tables:
SET ANSI_NULLS ON;
SET ANSI_PADDING ON;
SET ANSI_WARNINGS ON;
SET ARITHABORT ON;
SET CONCAT_NULL_YIELDS_NULL ON;
SET QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT OFF;
SET NOCOUNT ON;
SET XACT_ABORT ON;
GO
IF SCHEMA_ID(N'tidegate') IS NULL EXEC(N'CREATE SCHEMA tidegate');
GO
IF OBJECT_ID(N'tidegate.access_log', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.access_log (
    id BIGINT NOT NULL IDENTITY,
    at DATETIME2(6) NOT NULL,
    face VARCHAR(12) NOT NULL, -- ops, purchasing, webhook or cli
    method VARCHAR(10) NOT NULL,
    path NVARCHAR(400) NOT NULL,
    status INTEGER NOT NULL,
    owner NVARCHAR(200) NULL, -- of the key, if it was one of ours
    role VARCHAR(12) NULL,
    remote NVARCHAR(100) NULL,
    request_id NVARCHAR(100) NULL,
    reason NVARCHAR(400) NULL, -- why it was refused
    seen INTEGER NOT NULL, -- how many requests this row stands for
    PRIMARY KEY CLUSTERED (id)
);
CREATE INDEX access_log_by_time ON tidegate.access_log (at);
END;
GO
IF OBJECT_ID(N'tidegate.alert', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.alert (
    id BIGINT NOT NULL IDENTITY,
    code VARCHAR(64) NOT NULL, -- a heading of the runbook
    subject NVARCHAR(200) NOT NULL, -- what it is about, e.g. an adapter
    severity VARCHAR(10) NOT NULL, -- info, warning or critical
    text NVARCHAR(1000) NOT NULL,
    since DATETIME2(6) NOT NULL,
    last_at DATETIME2(6) NOT NULL, -- when it was last seen to be so
    cleared_at DATETIME2(6) NULL,
    acknowledged_at DATETIME2(6) NULL,
    acknowledged_by NVARCHAR(200) NULL,
    sent_at DATETIME2(6) NULL, -- when somebody was last told
    sent_error NVARCHAR(400) NULL, -- why the last telling failed
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX alert_live ON tidegate.alert (code, subject) WHERE cleared_at IS NULL;
END;
GO
IF OBJECT_ID(N'tidegate.api_key', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.api_key (
    id BIGINT NOT NULL IDENTITY,
    uuid UNIQUEIDENTIFIER NOT NULL,
    owner NVARCHAR(200) NOT NULL, -- whom the record names
    role VARCHAR(12) NOT NULL, -- viewer, operator or admin
    prefix VARCHAR(16) NOT NULL, -- its first characters, for people
    hash VARCHAR(64) NOT NULL, -- SHA-256 of the key; the key is kept nowhere
    created_at DATETIME2(6) NOT NULL,
    created_by NVARCHAR(200) NOT NULL,
    expires_at DATETIME2(6) NULL, -- null: never
    revoked_at DATETIME2(6) NULL,
    revoked_by NVARCHAR(200) NULL,
    last_used_at DATETIME2(6) NULL, -- to the minute
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX api_key_by_hash ON tidegate.api_key (hash);
CREATE UNIQUE INDEX api_key_by_uuid ON tidegate.api_key (uuid);
END;
GO
IF OBJECT_ID(N'tidegate.attempt_body', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.attempt_body (
    event_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    request VARBINARY(max) NULL, -- what was sent
    answer VARBINARY(max) NULL, -- what came back
    PRIMARY KEY CLUSTERED (event_id, number)
);
END;
GO
IF OBJECT_ID(N'tidegate.audit_trail', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.audit_trail (
    id BIGINT NOT NULL IDENTITY,
    event_id BIGINT NULL,
    attempt INTEGER NULL, -- number of the attempt that made the change
    event_uuid UNIQUEIDENTIFIER NULL,
    at DATETIME2(6) NOT NULL,
    action VARCHAR(40) NOT NULL,
    actor NVARCHAR(200) NOT NULL,
    source VARCHAR(64) NOT NULL,
    entity VARCHAR(64) NOT NULL,
    entity_text NVARCHAR(400) NULL,
    old NVARCHAR(max) NULL, -- JSON
    new NVARCHAR(max) NULL, -- JSON
    reason NVARCHAR(2000) NULL,
    trace_id VARCHAR(32) NULL,
    config_version VARCHAR(64) NOT NULL,
    row_hash VARCHAR(64) NOT NULL, -- digest of what was changed and why
    host NVARCHAR(200) NULL, -- where an operator sat
    fields NVARCHAR(2000) NULL, -- what changed, as a JSON list
    PRIMARY KEY CLUSTERED (id)
);
CREATE INDEX audit_trail_of_event ON tidegate.audit_trail (event_id, attempt);
END;
GO
IF OBJECT_ID(N'tidegate.config_version', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.config_version (
    version VARCHAR(64) NOT NULL, -- SHA-256 of the merged configuration
    at DATETIME2(6) NOT NULL,
    text NVARCHAR(max) NOT NULL, -- TOML, redacted
    PRIMARY KEY CLUSTERED (version)
);
END;
GO
IF OBJECT_ID(N'tidegate.counter', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.counter (
    name VARCHAR(64) NOT NULL, -- e.g. pruned.applied
    value BIGINT NOT NULL,
    PRIMARY KEY CLUSTERED (name)
);
END;
GO
IF OBJECT_ID(N'tidegate.dead_letter', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.dead_letter (
    id BIGINT NOT NULL IDENTITY,
    event_id BIGINT NOT NULL,
    event_uuid UNIQUEIDENTIFIER NOT NULL,
    key_id BIGINT NULL,
    born_at DATETIME2(6) NOT NULL,
    reason VARCHAR(40) NOT NULL,
    error_class VARCHAR(100) NOT NULL,
    message NVARCHAR(2000) NOT NULL,
    fingerprint VARCHAR(64) NOT NULL, -- groups letters of one cause
    attempts INTEGER NOT NULL,
    state VARCHAR(12) NOT NULL, -- open until an operator ends it
    request_id BIGINT NULL, -- the replay job that has it
    closed_at DATETIME2(6) NULL,
    closed_by NVARCHAR(200) NULL,
    PRIMARY KEY CLUSTERED (id)
);
CREATE INDEX dead_letter_group ON tidegate.dead_letter (fingerprint, id) WHERE state = 'open';
CREATE INDEX dead_letter_of_event ON tidegate.dead_letter (event_id);
CREATE INDEX dead_letter_of_request ON tidegate.dead_letter (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX dead_letter_open ON tidegate.dead_letter (born_at) WHERE state = 'open';
END;
GO
IF OBJECT_ID(N'tidegate.delivery', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.delivery (
    id BIGINT NOT NULL IDENTITY,
    uuid UNIQUEIDENTIFIER NOT NULL,
    received_at DATETIME2(6) NOT NULL,
    source VARCHAR(64) NOT NULL,
    entity VARCHAR(64) NOT NULL,
    entity_text NVARCHAR(400) NULL, -- the id in the source, for people
    channel VARCHAR(20) NOT NULL, -- envelope, shape, command or pull
    verdict VARCHAR(12) NOT NULL,
    [rule] VARCHAR(40) NOT NULL, -- which rule of the verdict decided
    rule_version INTEGER NOT NULL,
    reason NVARCHAR(400) NOT NULL,
    content_hash BINARY(32) NULL,
    stamp VARCHAR(40) NULL,
    event_uuid UNIQUEIDENTIFIER NULL, -- the event written, or the one matched
    message_id NVARCHAR(400) NULL,
    remote NVARCHAR(100) NULL,
    user_agent NVARCHAR(400) NULL,
    headers NVARCHAR(max) NULL, -- an allow-list of them, as JSON
    config_version VARCHAR(64) NOT NULL,
    seen INTEGER NOT NULL, -- how many deliveries this row stands for
    last_at DATETIME2(6) NOT NULL,
    PRIMARY KEY CLUSTERED (id)
);
CREATE INDEX delivery_by_event ON tidegate.delivery (event_uuid);
CREATE INDEX delivery_by_time ON tidegate.delivery (received_at);
CREATE UNIQUE INDEX delivery_by_uuid ON tidegate.delivery (uuid);
END;
GO
IF OBJECT_ID(N'tidegate.dispatch', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.dispatch (
    id BIGINT NOT NULL IDENTITY,
    subscription_id BIGINT NOT NULL,
    dkey_id BIGINT NOT NULL,
    no BIGINT NOT NULL,
    message_id VARCHAR(64) NOT NULL, -- webhook-id, the same at every try
    event_uuid UNIQUEIDENTIFIER NOT NULL,
    type VARCHAR(100) NOT NULL,
    subject NVARCHAR(400) NOT NULL,
    data NVARCHAR(max) NOT NULL,
    at DATETIME2(6) NOT NULL,
    trace VARCHAR(55) NULL,
    state SMALLINT NOT NULL, -- 0 ready, 1 waiting, 2 running, 3 scheduled, 5 dead
    due_at DATETIME2(6) NULL,
    epoch BIGINT NULL,
    token VARCHAR(32) NULL,
    attempts INTEGER NOT NULL,
    first_at DATETIME2(6) NULL,
    PRIMARY KEY CLUSTERED (id)
);
CREATE INDEX dispatch_claim ON tidegate.dispatch (id) WHERE state = 0;
CREATE INDEX dispatch_due ON tidegate.dispatch (due_at) WHERE state = 3;
CREATE INDEX dispatch_live_of_key ON tidegate.dispatch (dkey_id, no) WHERE state IN (0, 1, 2, 3);
CREATE UNIQUE INDEX dispatch_one_running_of_key ON tidegate.dispatch (dkey_id) WHERE state = 2;
CREATE UNIQUE INDEX dispatch_order_of_key ON tidegate.dispatch (dkey_id, no);
END;
GO
IF OBJECT_ID(N'tidegate.dispatch_attempt', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.dispatch_attempt (
    id BIGINT NOT NULL IDENTITY,
    dispatch_id BIGINT NOT NULL,
    event_uuid UNIQUEIDENTIFIER NOT NULL,
    subscription_id BIGINT NOT NULL,
    message_id VARCHAR(64) NOT NULL,
    number INTEGER NOT NULL,
    epoch BIGINT NOT NULL,
    opened_at DATETIME2(6) NOT NULL,
    closed_at DATETIME2(6) NULL,
    outcome VARCHAR(20) NULL,
    status INTEGER NULL,
    message NVARCHAR(2000) NULL,
    duration_ms INTEGER NULL,
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX dispatch_attempt_of_dispatch ON tidegate.dispatch_attempt (dispatch_id, number);
CREATE INDEX dispatch_attempt_of_event ON tidegate.dispatch_attempt (event_uuid);
CREATE INDEX dispatch_attempt_open ON tidegate.dispatch_attempt (dispatch_id, number) WHERE closed_at IS NULL;
END;
GO
IF OBJECT_ID(N'tidegate.dispatch_key', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.dispatch_key (
    id BIGINT NOT NULL IDENTITY,
    subscription_id BIGINT NOT NULL,
    key_hash BINARY(32) NOT NULL,
    next_no BIGINT NOT NULL, -- the running number of its next message
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX dispatch_key_by_hash ON tidegate.dispatch_key (subscription_id, key_hash);
END;
GO
IF OBJECT_ID(N'tidegate.entity_head', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.entity_head (
    id BIGINT NOT NULL IDENTITY,
    hash BINARY(32) NOT NULL, -- of source, entity and id
    source VARCHAR(64) NOT NULL,
    entity VARCHAR(64) NOT NULL,
    entity_text NVARCHAR(400) NOT NULL,
    version BIGINT NOT NULL, -- for compare-and-set
    stamp VARCHAR(40) NULL, -- the newest stamp seen
    deleted SMALLINT NOT NULL,
    newest UNIQUEIDENTIFIER NOT NULL, -- the newest accepted event
    recent NVARCHAR(max) NOT NULL, -- its last 8 hashes, as JSON
    applied_seq BIGINT NOT NULL,
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX entity_head_by_hash ON tidegate.entity_head (hash);
END;
GO
IF OBJECT_ID(N'tidegate.entity_link', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.entity_link (
    id BIGINT NOT NULL IDENTITY,
    hash BINARY(32) NOT NULL, -- of target, source, entity and id
    target VARCHAR(64) NOT NULL, -- an adapter
    source VARCHAR(64) NOT NULL,
    entity VARCHAR(64) NOT NULL,
    entity_text NVARCHAR(400) NOT NULL,
    record_type VARCHAR(64) NOT NULL, -- the far record's kind
    record_id NVARCHAR(200) NOT NULL, -- its id there
    record_key NVARCHAR(400) NOT NULL, -- its natural key there
    event_uuid UNIQUEIDENTIFIER NOT NULL, -- the event that told of it last
    at DATETIME2(6) NOT NULL,
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX entity_link_by_hash ON tidegate.entity_link (hash);
END;
GO
IF OBJECT_ID(N'tidegate.inbox', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.inbox (
    id BIGINT NOT NULL IDENTITY,
    uuid UNIQUEIDENTIFIER NOT NULL, -- public id and effect key
    accepted_at DATETIME2(6) NOT NULL,
    source VARCHAR(64) NOT NULL,
    entity VARCHAR(64) NOT NULL,
    entity_text NVARCHAR(400) NULL,
    kind VARCHAR(12) NOT NULL,
    operation VARCHAR(10) NOT NULL, -- create, update or delete
    channel VARCHAR(20) NOT NULL,
    verdict VARCHAR(12) NOT NULL,
    head_id BIGINT NULL, -- its entity_head; none for commands
    key_id BIGINT NULL,
    seq BIGINT NULL, -- its place among the events of its key
    message_key BINARY(32) NULL, -- digest of the sender's id, or idempotency key
    message_no INTEGER NOT NULL, -- rises when a discarded one returns
    message_id NVARCHAR(400) NULL,
    owner NVARCHAR(200) NULL, -- whose key a command came with
    content_hash BINARY(32) NULL, -- a command's fingerprint
    rule_version INTEGER NOT NULL,
    stamp VARCHAR(40) NULL,
    late SMALLINT NOT NULL, -- 1: older than its head, and still an effect
    state VARCHAR(12) NOT NULL, -- live, dead, or one of the ends
    ended_at DATETIME2(6) NULL,
    answer_status INTEGER NULL, -- what a command's caller is answered
    trace VARCHAR(55) NULL, -- W3C traceparent
    config_version VARCHAR(64) NOT NULL,
    ended_by UNIQUEIDENTIFIER NULL, -- the event that superseded it
    edited_from UNIQUEIDENTIFIER NULL, -- the event that an operator edited into this
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX inbox_by_message ON tidegate.inbox (message_key, message_no) WHERE message_key IS NOT NULL;
CREATE UNIQUE INDEX inbox_by_uuid ON tidegate.inbox (uuid);
CREATE INDEX inbox_gone_of_head ON tidegate.inbox (head_id) WHERE state IN ('dead', 'discarded');
END;
GO
IF OBJECT_ID(N'tidegate.install', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.install (
    id INTEGER NOT NULL, -- always 1
    uuid UNIQUEIDENTIFIER NOT NULL, -- of this installation; a copy gets its own
    server NVARCHAR(400) NOT NULL, -- where it lives; SQLite: the host
    database_name NVARCHAR(400) NOT NULL, -- SQLite: the file's path
    environment VARCHAR(40) NOT NULL,
    since DATETIME2(6) NOT NULL,
    adopted_as VARCHAR(10) NULL, -- copy or restored; null: it was born here
    adopted_by NVARCHAR(200) NULL,
    last_good DATETIME2(6) NULL, -- of a restore: what came later is probed first
    PRIMARY KEY CLUSTERED (id)
);
END;
GO
IF OBJECT_ID(N'tidegate.leader', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.leader (
    name VARCHAR(20) NOT NULL, -- sync or relay
    epoch BIGINT NOT NULL, -- rises with every change of leader
    token VARCHAR(32) NOT NULL, -- random; with epoch it is the term
    beat BIGINT NOT NULL, -- rises with every transaction of the term
    beat_at DATETIME2(6) NOT NULL,
    schema_no INTEGER NOT NULL,
    holder NVARCHAR(200) NOT NULL, -- host, process and start of the leader
    since DATETIME2(6) NOT NULL,
    PRIMARY KEY CLUSTERED (name)
);
END;
GO
IF OBJECT_ID(N'tidegate.letter_note', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.letter_note (
    id BIGINT NOT NULL IDENTITY,
    at DATETIME2(6) NOT NULL,
    event_uuid UNIQUEIDENTIFIER NULL, -- the letter's event; null: of a whole group
    fingerprint VARCHAR(64) NOT NULL, -- the group
    kind VARCHAR(10) NOT NULL, -- note or owner
    text NVARCHAR(2000) NOT NULL, -- of kind owner: who has it now
    actor NVARCHAR(200) NOT NULL,
    host NVARCHAR(200) NULL,
    PRIMARY KEY CLUSTERED (id)
);
CREATE INDEX letter_note_of_event ON tidegate.letter_note (event_uuid) WHERE event_uuid IS NOT NULL;
CREATE INDEX letter_note_of_group ON tidegate.letter_note (fingerprint, id);
END;
GO
IF OBJECT_ID(N'tidegate.operator_request', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.operator_request (
    id BIGINT NOT NULL IDENTITY,
    uuid UNIQUEIDENTIFIER NOT NULL,
    at DATETIME2(6) NOT NULL,
    verb VARCHAR(20) NOT NULL,
    filter NVARCHAR(max) NOT NULL, -- JSON: which events
    event_uuid UNIQUEIDENTIFIER NULL, -- where it is about one event
    reason NVARCHAR(2000) NOT NULL,
    actor NVARCHAR(200) NOT NULL,
    host NVARCHAR(200) NULL,
    source VARCHAR(20) NOT NULL, -- cli, http, sql, console or ingest
    rate_per_s INTEGER NULL, -- null: as fast as it goes
    ramp NVARCHAR(100) NULL, -- percentages, parted by commas
    stop_at_percent INTEGER NULL, -- share of failures that ends it
    state VARCHAR(12) NOT NULL, -- open, running, paused, done, cancelled or failed
    cursor_id BIGINT NULL, -- the last row that it came to
    matched INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    result NVARCHAR(max) NULL, -- JSON: what was skipped, and why
    started_at DATETIME2(6) NULL,
    ended_at DATETIME2(6) NULL,
    failed INTEGER NULL, -- replayed, and dead again
    progress NVARCHAR(max) NULL, -- JSON: a job's own state
    wake_at DATETIME2(6) NULL, -- nothing is due before
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX operator_request_asked_once ON tidegate.operator_request (event_uuid) WHERE state = 'open' AND source = 'ingest';
CREATE UNIQUE INDEX operator_request_by_uuid ON tidegate.operator_request (uuid);
CREATE INDEX operator_request_unfinished ON tidegate.operator_request (id) WHERE state IN ('open', 'running');
END;
GO
IF OBJECT_ID(N'tidegate.order_key', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.order_key (
    id BIGINT NOT NULL IDENTITY,
    hash BINARY(32) NOT NULL,
    text NVARCHAR(400) NOT NULL,
    next_seq BIGINT NOT NULL,
    applied_seq BIGINT NOT NULL,
    target VARCHAR(64) NOT NULL, -- the adapter of its unfinished events
    held SMALLINT NOT NULL, -- 1: an operator holds it
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX order_key_by_hash ON tidegate.order_key (hash);
END;
GO
IF OBJECT_ID(N'tidegate.outbox', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.outbox (
    id BIGINT NOT NULL IDENTITY,
    event_uuid UNIQUEIDENTIFIER NOT NULL,
    type VARCHAR(100) NOT NULL,
    subject NVARCHAR(400) NOT NULL,
    key_hash BINARY(32) NOT NULL, -- what keeps its order
    data NVARCHAR(max) NOT NULL, -- JSON
    at DATETIME2(6) NOT NULL,
    trace VARCHAR(55) NULL,
    PRIMARY KEY CLUSTERED (id)
);
END;
GO
IF OBJECT_ID(N'tidegate.pause', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.pause (
    id BIGINT NOT NULL IDENTITY,
    target VARCHAR(64) NULL, -- an adapter; null: every one
    entity VARCHAR(64) NULL, -- null: every one
    kind VARCHAR(20) NOT NULL, -- operator, breaker, auth or copy
    reason NVARCHAR(400) NOT NULL,
    actor NVARCHAR(200) NOT NULL,
    since DATETIME2(6) NOT NULL,
    until_at DATETIME2(6) NULL, -- null: until somebody ends it
    probe_at DATETIME2(6) NULL, -- when the far side is tried next
    PRIMARY KEY CLUSTERED (id)
);
END;
GO
IF OBJECT_ID(N'tidegate.payload', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.payload (
    event_id BIGINT NOT NULL,
    body VARBINARY(max) NOT NULL, -- the bytes as they came
    media_type VARCHAR(100) NOT NULL,
    pointer NVARCHAR(200) NOT NULL, -- where the record is within the body
    answer VARBINARY(max) NULL, -- the stored answer of a command
    erased_at DATETIME2(6) NULL, -- since when the body is gone
    PRIMARY KEY CLUSTERED (event_id)
);
END;
GO
IF OBJECT_ID(N'tidegate.process', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.process (
    id BIGINT NOT NULL IDENTITY,
    uuid UNIQUEIDENTIFIER NOT NULL, -- of this run of it
    role VARCHAR(20) NOT NULL, -- up, ingest, processor or relay
    host NVARCHAR(200) NOT NULL,
    pid INTEGER NOT NULL,
    version VARCHAR(20) NOT NULL,
    config_version VARCHAR(64) NOT NULL,
    started_at DATETIME2(6) NOT NULL,
    seen_at DATETIME2(6) NOT NULL,
    ended_at DATETIME2(6) NULL, -- null while it runs, or after it was killed
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX process_by_uuid ON tidegate.process (uuid);
END;
GO
IF OBJECT_ID(N'tidegate.schema_version', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.schema_version (
    id INTEGER NOT NULL, -- always 1
    schema_no INTEGER NOT NULL,
    oldest_reader INTEGER NOT NULL, -- oldest schema_no that may still run
    version VARCHAR(20) NOT NULL, -- the release that upgraded last
    applied_at DATETIME2(6) NOT NULL,
    PRIMARY KEY CLUSTERED (id)
);
END;
GO
IF OBJECT_ID(N'tidegate.seal', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.seal (
    seq BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    kind VARCHAR(20) NOT NULL, -- genesis, open, close or crash
    ids NVARCHAR(max) NOT NULL, -- event_id.attempt, parted by commas
    rows_hash BINARY(32) NOT NULL,
    hash BINARY(32) NOT NULL, -- of the hash before, rows_hash and this
    at DATETIME2(6) NOT NULL,
    PRIMARY KEY CLUSTERED (seq)
);
END;
GO
IF OBJECT_ID(N'tidegate.subscription', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.subscription (
    id BIGINT NOT NULL IDENTITY,
    name VARCHAR(64) NOT NULL,
    url NVARCHAR(2000) NOT NULL,
    types NVARCHAR(max) NULL, -- JSON list; null: all
    enabled SMALLINT NOT NULL,
    reason NVARCHAR(400) NULL, -- why it was disabled
    changed_at DATETIME2(6) NOT NULL,
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX subscription_by_name ON tidegate.subscription (name);
END;
GO
IF OBJECT_ID(N'tidegate.sync_attempt', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.sync_attempt (
    id BIGINT NOT NULL IDENTITY,
    event_id BIGINT NOT NULL,
    number INTEGER NOT NULL,
    kind VARCHAR(8) NOT NULL, -- write or probe
    target VARCHAR(64) NOT NULL,
    epoch BIGINT NOT NULL,
    alone SMALLINT NOT NULL,
    opened_at DATETIME2(6) NOT NULL,
    sent_at DATETIME2(6) NULL, -- when the first byte of a write may have left
    closed_at DATETIME2(6) NULL,
    outcome VARCHAR(20) NULL,
    decision VARCHAR(20) NULL, -- what was done with the event
    [rule] VARCHAR(60) NULL,
    rule_version INTEGER NULL,
    status INTEGER NULL, -- HTTP status
    error_class VARCHAR(100) NULL,
    message NVARCHAR(2000) NULL,
    duration_ms INTEGER NULL,
    request_hash VARCHAR(64) NULL,
    version NVARCHAR(400) NULL, -- the version (ETag) that was read before the write
    detail_hash VARCHAR(64) NULL, -- digest of what its seal covers too
    config_version VARCHAR(64) NOT NULL,
    answer_hash VARCHAR(64) NULL, -- SHA-256 of what came back
    PRIMARY KEY CLUSTERED (id)
);
CREATE UNIQUE INDEX sync_attempt_of_event ON tidegate.sync_attempt (event_id, number);
CREATE INDEX sync_attempt_open ON tidegate.sync_attempt (event_id, number) WHERE closed_at IS NULL;
END;
GO
IF OBJECT_ID(N'tidegate.sync_queue', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.sync_queue (
    id BIGINT NOT NULL IDENTITY,
    event_id BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    target VARCHAR(64) NOT NULL, -- an adapter
    priority SMALLINT NOT NULL, -- lower runs first
    state SMALLINT NOT NULL, -- 0 ready, 1 waiting, 2 running, 3 scheduled, 4 unknown, 5 held
    due_at DATETIME2(6) NULL,
    epoch BIGINT NULL, -- the term that runs it
    token VARCHAR(32) NULL,
    attempts INTEGER NOT NULL, -- number of its last attempt
    tries INTEGER NOT NULL, -- attempts that count towards the maximum
    first_at DATETIME2(6) NULL, -- its first attempt
    unknown_at DATETIME2(6) NULL, -- since when its outcome is unknown
    alone SMALLINT NOT NULL, -- 1: was open at a crash, runs alone
    crashes SMALLINT NOT NULL, -- crashes while it ran alone
    deadline_at DATETIME2(6) NULL, -- from then on it may not start; commands have one
    merges SMALLINT NOT NULL DEFAULT 0, -- 1: a full state that a later one of its entity supersedes
    needs_hash BINARY(32) NULL, -- of the link that it waits for
    needs_until DATETIME2(6) NULL, -- from then on it waits no longer
    PRIMARY KEY CLUSTERED (id)
);
CREATE INDEX sync_queue_blocking ON tidegate.sync_queue (key_id, seq) WHERE state IN (4, 5);
CREATE INDEX sync_queue_claim ON tidegate.sync_queue (target, priority, id) WHERE state = 0;
CREATE INDEX sync_queue_deadline ON tidegate.sync_queue (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE INDEX sync_queue_due ON tidegate.sync_queue (due_at, state, alone, target) WHERE state IN (3, 4);
CREATE INDEX sync_queue_needs ON tidegate.sync_queue (needs_hash) WHERE needs_hash IS NOT NULL;
CREATE INDEX sync_queue_of_event ON tidegate.sync_queue (event_id);
CREATE UNIQUE INDEX sync_queue_one_running_of_key ON tidegate.sync_queue (key_id) WHERE state = 2;
CREATE UNIQUE INDEX sync_queue_order_of_key ON tidegate.sync_queue (key_id, seq);
END;
GO
IF OBJECT_ID(N'tidegate.alembic_version', N'U') IS NULL
BEGIN
CREATE TABLE tidegate.alembic_version (
    version_num VARCHAR(32) NOT NULL, -- the last migration applied
    PRIMARY KEY CLUSTERED (version_num)
);
END;
GO
IF NOT EXISTS (SELECT 1 FROM tidegate.alembic_version)
BEGIN
INSERT INTO tidegate.alembic_version (version_num) VALUES ('0004');
END;
GO
IF NOT EXISTS (SELECT 1 FROM tidegate.leader)
BEGIN
INSERT INTO tidegate.leader (name, epoch, token, beat, beat_at, schema_no, holder, since) VALUES ('sync', 0, '', 0, sysutcdatetime(), 4, N'', sysutcdatetime());
INSERT INTO tidegate.leader (name, epoch, token, beat, beat_at, schema_no, holder, since) VALUES ('relay', 0, '', 0, sysutcdatetime(), 4, N'', sysutcdatetime());
END;
GO
IF NOT EXISTS (SELECT 1 FROM tidegate.seal)
BEGIN
INSERT INTO tidegate.seal (seq, epoch, kind, ids, rows_hash, hash, at) VALUES (0, 0, 'genesis', N'', 0x0000000000000000000000000000000000000000000000000000000000000000, 0x0000000000000000000000000000000000000000000000000000000000000000, sysutcdatetime());
END;
GO
IF NOT EXISTS (SELECT 1 FROM tidegate.schema_version)
BEGIN
INSERT INTO tidegate.schema_version (id, schema_no, oldest_reader, version, applied_at) VALUES (1, 4, 1, '0.1.0', sysutcdatetime());
END;
GO
IF OBJECT_ID(N'tidegate.v_queue_depth', N'V') IS NOT NULL DROP VIEW tidegate.v_queue_depth;
GO
-- How many events wait, per adapter and state, and how many of them could be worked on now.
CREATE VIEW tidegate.v_queue_depth AS
SELECT w.target, w.state, COUNT_BIG(*) AS count, SUM(w.eligible) AS eligible
FROM (
    SELECT q.target,
           CASE q.state WHEN 0 THEN 'pending' WHEN 1 THEN 'waiting' WHEN 2 THEN 'processing'
                        WHEN 3 THEN 'retrying' WHEN 4 THEN 'unknown'
                ELSE CASE WHEN EXISTS (SELECT 1 FROM tidegate.inbox i
                                       WHERE i.id = q.event_id AND i.state = 'dead')
                          THEN 'dead' ELSE 'held' END
           END AS state,
           CASE WHEN (q.state = 0 OR (q.state IN (3, 4) AND q.due_at <= SYSUTCDATETIME()))
                     AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                     WHERE l.key_id = q.key_id AND l.seq < q.seq)
                THEN CAST(1 AS BIGINT) ELSE 0
           END AS eligible
    FROM tidegate.sync_queue q
) w
GROUP BY w.target, w.state;
GO
IF OBJECT_ID(N'tidegate.v_queue_age', N'V') IS NOT NULL DROP VIEW tidegate.v_queue_age;
GO
-- For how long the oldest event of each adapter has waited, and the oldest that could run now.
CREATE VIEW tidegate.v_queue_age AS
SELECT w.target,
       CAST(DATEDIFF_BIG(MILLISECOND, MIN(w.eligible_since), SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS oldest_eligible_age_s,
       CAST(DATEDIFF_BIG(MILLISECOND, MIN(w.accepted_at), SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS oldest_age_s,
       COUNT_BIG(w.eligible_since) AS eligible
FROM (
    SELECT q.target, i.accepted_at,
           CASE WHEN (q.state = 0 OR (q.state IN (3, 4) AND q.due_at <= SYSUTCDATETIME()))
                     AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                     WHERE l.key_id = q.key_id AND l.seq < q.seq)
                THEN COALESCE(q.due_at, i.accepted_at)
           END AS eligible_since
    FROM tidegate.sync_queue q JOIN tidegate.inbox i ON i.id = q.event_id
) w
GROUP BY w.target;
GO
IF OBJECT_ID(N'tidegate.v_event_timeline', N'V') IS NOT NULL DROP VIEW tidegate.v_event_timeline;
GO
-- What happened to an event, one row per happening; order by at, step, attempt.
CREATE VIEW tidegate.v_event_timeline AS
SELECT d.event_uuid AS event, d.received_at AS at, CAST('delivered' AS VARCHAR(20)) AS what,
       CAST(NULL AS INT) AS attempt,
       CAST(CONCAT(d.verdict, ', ', d.[rule],
                   CASE WHEN d.seen > 1 THEN CONCAT(', ', d.seen, ' times') ELSE '' END)
            AS NVARCHAR(400)) AS detail,
       CAST(d.source AS NVARCHAR(200)) AS actor, 1 AS step
FROM tidegate.delivery d WHERE d.event_uuid IS NOT NULL
UNION ALL
SELECT e.uuid, e.accepted_at, 'accepted', NULL, CONCAT(e.operation, ' ', e.entity),
       COALESCE(e.owner, e.source), 2
FROM tidegate.inbox e
UNION ALL
SELECT e.uuid, a.opened_at, 'attempt opened', a.number, CONCAT(a.kind, ' to ', a.target),
       CONCAT('term ', a.epoch), 3
FROM tidegate.inbox e JOIN tidegate.sync_attempt a ON a.event_id = e.id
UNION ALL
SELECT e.uuid, a.closed_at, 'attempt closed', a.number,
       CONCAT(a.outcome, ', ', a.decision,
              CASE WHEN a.status IS NULL THEN '' ELSE CONCAT(', status ', a.status) END,
              CASE WHEN a.error_class IS NULL THEN '' ELSE CONCAT(', ', a.error_class) END),
       CONCAT('term ', a.epoch), 4
FROM tidegate.inbox e JOIN tidegate.sync_attempt a ON a.event_id = e.id
WHERE a.closed_at IS NOT NULL
UNION ALL
SELECT e.uuid, t.at, 'changed', t.attempt, CONCAT(t.action, ' ', t.entity), t.actor, 5
FROM tidegate.inbox e JOIN tidegate.audit_trail t ON t.event_id = e.id
UNION ALL
SELECT e.uuid, l.born_at, 'dead', l.attempts, CONCAT(l.reason, ', ', l.error_class), NULL, 6
FROM tidegate.inbox e JOIN tidegate.dead_letter l ON l.event_id = e.id
UNION ALL
SELECT e.uuid, e.ended_at, 'ended', NULL, e.state, NULL, 7
FROM tidegate.inbox e WHERE e.ended_at IS NOT NULL
UNION ALL
SELECT a.event_uuid, COALESCE(a.closed_at, a.opened_at), 'dispatched', a.number,
       CONCAT(s.name, ', ', COALESCE(a.outcome, 'open'),
              CASE WHEN a.status IS NULL THEN '' ELSE CONCAT(', status ', a.status) END),
       CONCAT('term ', a.epoch), 8
FROM tidegate.dispatch_attempt a JOIN tidegate.subscription s ON s.id = a.subscription_id;
GO
IF OBJECT_ID(N'tidegate.v_deliveries_by_verdict', N'V') IS NOT NULL DROP VIEW tidegate.v_deliveries_by_verdict;
GO
-- What was delivered in the last 24 hours, and what became of it, per source and entity.
CREATE VIEW tidegate.v_deliveries_by_verdict AS
SELECT d.source, d.entity, d.verdict, d.[rule], SUM(CAST(d.seen AS BIGINT)) AS deliveries,
       COUNT_BIG(*) AS [rows], MAX(d.last_at) AS last_at
FROM tidegate.delivery d
WHERE d.received_at > DATEADD(DAY, -1, SYSUTCDATETIME())
GROUP BY d.source, d.entity, d.verdict, d.[rule];
GO
