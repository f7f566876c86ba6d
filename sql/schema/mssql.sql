-- Tidegate's schema for SQL Server 2016 and newer (compatibility level 130 or higher).
-- Written by `python -m sql.dump` from sql/tables, sql/views and sql/procedures; edit those.
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
    uuid UNIQUEIDENTIFIER NOT NULL, -- what counts on the row goes by
    at DATETIME2(6) NOT NULL,
    face VARCHAR(12) NOT NULL, -- ops, purchasing, status or webhook
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
CREATE UNIQUE INDEX access_log_by_uuid ON tidegate.access_log (uuid);
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
CREATE INDEX audit_trail_not_of_attempts ON tidegate.audit_trail (attempt, id) WHERE attempt IS NULL;
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
CREATE INDEX dead_letter_classes ON tidegate.dead_letter (error_class) WHERE state = 'open';
CREATE INDEX dead_letter_group ON tidegate.dead_letter (fingerprint, id) WHERE state = 'open';
CREATE INDEX dead_letter_of_event ON tidegate.dead_letter (event_id);
CREATE INDEX dead_letter_of_request ON tidegate.dead_letter (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX dead_letter_open ON tidegate.dead_letter (born_at) WHERE state = 'open';
CREATE INDEX dead_letter_unknown ON tidegate.dead_letter (key_id) WHERE state = 'open' AND reason IN ('unknown', 'quarantined');
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
    locked SMALLINT NOT NULL DEFAULT 1, -- 1: its holder has the lock, so whoever gets that knows that it died
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
    ramp NVARCHAR(100) NULL, -- letters in each stage, parted by commas
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
CREATE INDEX operator_request_jobs ON tidegate.operator_request (id) WHERE event_uuid IS NULL;
CREATE INDEX operator_request_of_event ON tidegate.operator_request (event_uuid) WHERE event_uuid IS NOT NULL;
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
CREATE INDEX order_key_held ON tidegate.order_key (held) WHERE held = 1;
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
    kind VARCHAR(20) NOT NULL, -- genesis, open, close, crash, request or prune
    ids NVARCHAR(max) NOT NULL, -- event_id.attempt, or rows of the trail
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
CREATE INDEX sync_attempt_unanswered ON tidegate.sync_attempt (sent_at, event_id) WHERE outcome = 'unknown' AND kind = 'write';
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
INSERT INTO tidegate.alembic_version (version_num) VALUES ('0006');
END;
GO
IF NOT EXISTS (SELECT 1 FROM tidegate.leader)
BEGIN
INSERT INTO tidegate.leader (name, epoch, token, beat, beat_at, schema_no, holder, since) VALUES ('sync', 0, '', 0, sysutcdatetime(), 6, N'', sysutcdatetime());
INSERT INTO tidegate.leader (name, epoch, token, beat, beat_at, schema_no, holder, since) VALUES ('relay', 0, '', 0, sysutcdatetime(), 6, N'', sysutcdatetime());
END;
GO
IF NOT EXISTS (SELECT 1 FROM tidegate.seal)
BEGIN
INSERT INTO tidegate.seal (seq, epoch, kind, ids, rows_hash, hash, at) VALUES (0, 0, 'genesis', N'', 0x0000000000000000000000000000000000000000000000000000000000000000, 0x0000000000000000000000000000000000000000000000000000000000000000, sysutcdatetime());
END;
GO
IF NOT EXISTS (SELECT 1 FROM tidegate.schema_version)
BEGIN
INSERT INTO tidegate.schema_version (id, schema_no, oldest_reader, version, applied_at) VALUES (1, 6, 1, '0.1.0', sysutcdatetime());
END;
GO
IF OBJECT_ID(N'tidegate.v_queue_depth', N'V') IS NOT NULL DROP VIEW tidegate.v_queue_depth;
GO
-- How many events wait, per adapter and state, and how many of them could be worked on now.
-- Of the queue's first 50,000 rows: a longer one is told by `capped`, not walked.
CREATE VIEW tidegate.v_queue_depth AS
SELECT w.target, w.state, COUNT_BIG(*) AS count, CAST(SUM(w.eligible) AS BIGINT) AS eligible,
       CASE WHEN MAX(MAX(w.id)) OVER () < (SELECT MAX(id) FROM tidegate.sync_queue)
            THEN 1 ELSE 0 END AS capped
FROM (
    SELECT q.id, q.target,
           CAST(CASE q.state WHEN 0 THEN 'pending' WHEN 1 THEN 'waiting' WHEN 2 THEN 'processing'
                             WHEN 3 THEN 'retrying' WHEN 4 THEN 'unknown'
                     ELSE CASE WHEN i.state = 'dead' THEN 'dead' ELSE 'held' END
                END AS VARCHAR(12)) AS state,
           CASE WHEN (q.state = 0 OR (q.state IN (3, 4) AND q.due_at <= SYSUTCDATETIME()))
                     AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                     WHERE l.key_id = q.key_id AND l.seq < q.seq)
                THEN 1 ELSE 0
           END AS eligible
    FROM (SELECT TOP (50000) id, event_id, key_id, seq, target, state, due_at
          FROM tidegate.sync_queue ORDER BY id) q
    LEFT JOIN tidegate.inbox i ON i.id = q.event_id AND q.state = 5
) w
GROUP BY w.target, w.state;
GO
IF OBJECT_ID(N'tidegate.v_queue_age', N'V') IS NOT NULL DROP VIEW tidegate.v_queue_age;
GO
-- For how long the oldest event of each adapter has waited, and the oldest that could run now.
-- Of the queue's first 50,000 rows. Events are numbered as they are accepted, so the lowest
-- number is the oldest and only that one is looked up.
CREATE VIEW tidegate.v_queue_age AS
SELECT w.target,
       CAST(DATEDIFF_BIG(MILLISECOND,
                         CASE WHEN e.accepted_at IS NULL OR w.due_at < e.accepted_at THEN w.due_at
                              ELSE e.accepted_at END, SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS oldest_eligible_age_s,
       CAST(DATEDIFF_BIG(MILLISECOND, f.accepted_at, SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS oldest_age_s,
       w.eligible
FROM (
    SELECT q.target, MIN(q.event_id) AS first_event, CAST(SUM(q.eligible) AS BIGINT) AS eligible,
           MIN(CASE WHEN q.eligible = 1 AND q.due_at IS NULL THEN q.event_id END)
               AS eligible_event,
           MIN(CASE WHEN q.eligible = 1 THEN q.due_at END) AS due_at
    FROM (
        SELECT r.target, r.event_id, r.due_at,
               CASE WHEN (r.state = 0 OR (r.state IN (3, 4) AND r.due_at <= SYSUTCDATETIME()))
                         AND NOT EXISTS (SELECT 1 FROM tidegate.sync_queue l
                                         WHERE l.key_id = r.key_id AND l.seq < r.seq)
                    THEN 1 ELSE 0
               END AS eligible
        FROM (SELECT TOP (50000) event_id, key_id, seq, target, state, due_at
              FROM tidegate.sync_queue ORDER BY id) r
    ) q
    GROUP BY q.target
) w
LEFT JOIN tidegate.inbox f ON f.id = w.first_event
LEFT JOIN tidegate.inbox e ON e.id = w.eligible_event;
GO
IF OBJECT_ID(N'tidegate.v_flow', N'V') IS NOT NULL DROP VIEW tidegate.v_flow;
GO
-- What came in and what became of it, minute by minute for an hour.
-- Of the last 20,000 events, attempts and dead letters; a minute that they do not cover says so.
CREATE VIEW tidegate.v_flow AS
WITH tens (n) AS (SELECT n FROM (VALUES (0), (10), (20), (30), (40), (50)) v (n)),
ones (n) AS (SELECT n FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) v (n)),
minutes AS (
    SELECT DATEADD(MINUTE, DATEDIFF(MINUTE, CAST('2020-01-01' AS DATETIME2(6)), SYSUTCDATETIME())
                           - tens.n - ones.n, CAST('2020-01-01' AS DATETIME2(6))) AS minute
    FROM tens CROSS JOIN ones),
events AS (SELECT TOP (20000) accepted_at AS at FROM tidegate.inbox ORDER BY id DESC),
attempts AS (
    SELECT TOP (20000) kind, opened_at, closed_at AS at, outcome, decision
    FROM tidegate.sync_attempt ORDER BY id DESC),
letters AS (SELECT TOP (20000) born_at AS at FROM tidegate.dead_letter ORDER BY id DESC),
happened AS (
    SELECT at, 1 AS received, 0 AS applied, 0 AS failed, 0 AS dead FROM events
    UNION ALL
    SELECT at, 0, CASE WHEN decision = 'applied' THEN 1 ELSE 0 END,
           CASE WHEN kind = 'write' AND outcome <> 'applied'
                     AND COALESCE(decision, '') <> 'shadow' THEN 1 ELSE 0 END, 0
    FROM attempts WHERE at IS NOT NULL
    UNION ALL
    SELECT at, 0, 0, 0, 1 FROM letters),
counts AS (
    SELECT DATEDIFF(MINUTE, CAST('2020-01-01' AS DATETIME2(6)), h.at) AS n,
           SUM(h.received) AS received, SUM(h.applied) AS applied, SUM(h.failed) AS failed,
           SUM(h.dead) AS dead
    FROM happened h GROUP BY DATEDIFF(MINUTE, CAST('2020-01-01' AS DATETIME2(6)), h.at)),
reach AS (
    SELECT MAX(w.start) AS start FROM (
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(at) END AS start FROM events
        UNION ALL
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(opened_at) END FROM attempts
        UNION ALL
        SELECT CASE WHEN COUNT(*) = 20000 THEN MIN(at) END FROM letters) w)
SELECT CAST(m.minute AS DATETIME2(6)) AS minute,
       CAST(COALESCE(c.received, 0) AS BIGINT) AS received,
       CAST(COALESCE(c.applied, 0) AS BIGINT) AS applied,
       CAST(COALESCE(c.failed, 0) AS BIGINT) AS failed,
       CAST(COALESCE(c.dead, 0) AS BIGINT) AS dead,
       CASE WHEN r.start > m.minute THEN 1 ELSE 0 END AS partial
FROM minutes m CROSS JOIN reach r
LEFT JOIN counts c ON c.n = DATEDIFF(MINUTE, CAST('2020-01-01' AS DATETIME2(6)), m.minute);
GO
IF OBJECT_ID(N'tidegate.v_latency', N'V') IS NOT NULL DROP VIEW tidegate.v_latency;
GO
-- How long events waited, ran, and took from acceptance to their end: percentiles by nearest rank.
-- Of the last 3,000 attempts. The same arithmetic on both databases, so the same numbers.
CREATE VIEW tidegate.v_latency AS
WITH base AS (
    SELECT i.source, i.entity, i.accepted_at, i.ended_at, a.number, a.kind, a.decision,
           a.opened_at, a.closed_at
    FROM (SELECT TOP (3000) event_id, number, kind, opened_at, closed_at, decision
          FROM tidegate.sync_attempt ORDER BY id DESC) a
    JOIN tidegate.inbox i ON i.id = a.event_id),
spans AS (
    SELECT source, entity, CAST('wait' AS VARCHAR(12)) AS measure, accepted_at AS began,
           opened_at AS ended
    FROM base WHERE number = 1
    UNION ALL
    SELECT source, entity, 'run', opened_at, closed_at
    FROM base WHERE kind = 'write' AND closed_at IS NOT NULL
    UNION ALL
    SELECT source, entity, 'end_to_end', accepted_at, ended_at
    FROM base WHERE decision = 'applied' AND ended_at IS NOT NULL),
times AS (
    SELECT s.source, s.entity, s.measure,
           CAST(CASE WHEN s.ended < s.began THEN 0
                     ELSE DATEDIFF_BIG(MICROSECOND, s.began, s.ended) END / 1000.0
                AS DECIMAL(18, 3)) AS ms
    FROM spans s),
ranked AS (
    SELECT t.source, t.entity, t.measure, t.ms,
           ROW_NUMBER() OVER (PARTITION BY t.source, t.entity, t.measure ORDER BY t.ms) AS place,
           COUNT_BIG(*) OVER (PARTITION BY t.source, t.entity, t.measure) AS n
    FROM times t)
SELECT r.source, r.entity, r.measure, MAX(r.n) AS n,
       CAST(MAX(CASE WHEN r.place = (r.n * 50 + 99) / 100 THEN r.ms END) AS DECIMAL(18, 3))
           AS p50_ms,
       CAST(MAX(CASE WHEN r.place = (r.n * 95 + 99) / 100 THEN r.ms END) AS DECIMAL(18, 3))
           AS p95_ms,
       CAST(MAX(CASE WHEN r.place = (r.n * 99 + 99) / 100 THEN r.ms END) AS DECIMAL(18, 3))
           AS p99_ms,
       CAST(MAX(r.ms) AS DECIMAL(18, 3)) AS max_ms, MIN(w.window_from) AS window_from
FROM ranked r CROSS JOIN (SELECT MIN(opened_at) AS window_from FROM base) w
WHERE r.place IN ((r.n * 50 + 99) / 100, (r.n * 95 + 99) / 100, (r.n * 99 + 99) / 100, r.n)
GROUP BY r.source, r.entity, r.measure;
GO
IF OBJECT_ID(N'tidegate.v_latency_histogram', N'V') IS NOT NULL DROP VIEW tidegate.v_latency_histogram;
GO
-- How many waits, runs and whole ways took how long. Of the last 3,000 attempts.
CREATE VIEW tidegate.v_latency_histogram AS
WITH base AS (
    SELECT i.source, i.entity, i.accepted_at, i.ended_at, a.number, a.kind, a.decision,
           a.opened_at, a.closed_at
    FROM (SELECT TOP (3000) event_id, number, kind, opened_at, closed_at, decision
          FROM tidegate.sync_attempt ORDER BY id DESC) a
    JOIN tidegate.inbox i ON i.id = a.event_id),
spans AS (
    SELECT source, entity, CAST('wait' AS VARCHAR(12)) AS measure, accepted_at AS began,
           opened_at AS ended
    FROM base WHERE number = 1
    UNION ALL
    SELECT source, entity, 'run', opened_at, closed_at
    FROM base WHERE kind = 'write' AND closed_at IS NOT NULL
    UNION ALL
    SELECT source, entity, 'end_to_end', accepted_at, ended_at
    FROM base WHERE decision = 'applied' AND ended_at IS NOT NULL),
times AS (
    SELECT s.source, s.entity, s.measure,
           CAST(CASE WHEN s.ended < s.began THEN 0
                     ELSE DATEDIFF_BIG(MICROSECOND, s.began, s.ended) END / 1000.0
                AS DECIMAL(18, 3)) AS ms
    FROM spans s)
SELECT b.measure, b.up_to_ms, COUNT_BIG(*) AS count
FROM (
    SELECT t.measure,
           CASE WHEN t.ms <= 10 THEN 10 WHEN t.ms <= 20 THEN 20 WHEN t.ms <= 50 THEN 50
                WHEN t.ms <= 100 THEN 100 WHEN t.ms <= 200 THEN 200 WHEN t.ms <= 500 THEN 500
                WHEN t.ms <= 1000 THEN 1000 WHEN t.ms <= 2000 THEN 2000 WHEN t.ms <= 5000 THEN 5000
                WHEN t.ms <= 10000 THEN 10000 WHEN t.ms <= 30000 THEN 30000
                WHEN t.ms <= 60000 THEN 60000 WHEN t.ms <= 300000 THEN 300000
           END AS up_to_ms
    FROM times t
) b
GROUP BY b.measure, b.up_to_ms;
GO
IF OBJECT_ID(N'tidegate.v_error_rate', N'V') IS NOT NULL DROP VIEW tidegate.v_error_rate;
GO
-- Which errors writes ended in, and how large a share of all writes that is.
-- Of the last 20,000 attempts.
CREATE VIEW tidegate.v_error_rate AS
WITH writes AS (
    SELECT a.event_id, a.opened_at, a.closed_at, a.outcome, a.error_class
    FROM (SELECT TOP (20000) event_id, kind, opened_at, closed_at, outcome, decision, error_class
          FROM tidegate.sync_attempt ORDER BY id DESC) a
    WHERE a.kind = 'write' AND a.closed_at IS NOT NULL
      AND COALESCE(a.decision, '') <> 'shadow')
SELECT CAST(COALESCE(w.error_class, w.outcome, 'unknown') AS VARCHAR(100)) AS error_class,
       COUNT_BIG(*) AS failures, t.attempts,
       CAST(100.0 * COUNT_BIG(*) / t.attempts AS DECIMAL(18, 3)) AS share_percent,
       COUNT_BIG(DISTINCT w.event_id) AS events, MIN(w.closed_at) AS first_seen,
       MAX(w.closed_at) AS last_seen, t.window_from
FROM writes w
CROSS JOIN (SELECT COUNT_BIG(*) AS attempts, MIN(opened_at) AS window_from FROM writes) t
WHERE w.outcome IS NULL OR w.outcome <> 'applied'
GROUP BY COALESCE(w.error_class, w.outcome, 'unknown'), t.attempts, t.window_from;
GO
IF OBJECT_ID(N'tidegate.v_dead_letter_matrix', N'V') IS NOT NULL DROP VIEW tidegate.v_dead_letter_matrix;
GO
-- Open dead letters by error class and age. Of the newest 50,000.
CREATE VIEW tidegate.v_dead_letter_matrix AS
SELECT d.error_class, COUNT_BIG(*) AS total,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(HOUR, -1, SYSUTCDATETIME()) THEN 1 END) AS last_1h,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(HOUR, -3, SYSUTCDATETIME()) THEN 1 END) AS last_3h,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(HOUR, -24, SYSUTCDATETIME()) THEN 1 END)
           AS last_24h,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(DAY, -3, SYSUTCDATETIME()) THEN 1 END) AS last_3d,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(DAY, -7, SYSUTCDATETIME()) THEN 1 END) AS last_7d,
       MAX(d.born_at) AS newest_at,
       CASE WHEN (SELECT COUNT(*) FROM (SELECT TOP (50001) id FROM tidegate.dead_letter
                                        WHERE state = 'open') o) > 50000
            THEN 1 ELSE 0 END AS capped
FROM (SELECT TOP (50000) error_class, born_at FROM tidegate.dead_letter
      WHERE state = 'open' ORDER BY born_at DESC) d
GROUP BY d.error_class;
GO
IF OBJECT_ID(N'tidegate.v_dead_letter_ageing', N'V') IS NOT NULL DROP VIEW tidegate.v_dead_letter_ageing;
GO
-- Open dead letters by age and by who has them. Of the oldest 50,000; an owner is the last one
-- named for the letter, else for its group, among the last 20,000 notes.
CREATE VIEW tidegate.v_dead_letter_ageing AS
WITH named AS (
    SELECT n.id, n.event_uuid, n.fingerprint, n.text
    FROM (SELECT TOP (20000) id, event_uuid, fingerprint, kind, text
          FROM tidegate.letter_note ORDER BY id DESC) n
    WHERE n.kind = 'owner'),
of_event AS (
    SELECT o.event_uuid, o.text FROM named o
    JOIN (SELECT MAX(id) AS id FROM named WHERE event_uuid IS NOT NULL GROUP BY event_uuid) l
      ON l.id = o.id),
of_group AS (
    SELECT o.fingerprint, o.text FROM named o
    JOIN (SELECT MAX(id) AS id FROM named WHERE event_uuid IS NULL GROUP BY fingerprint) l
      ON l.id = o.id),
letters AS (
    SELECT CASE WHEN d.born_at > DATEADD(HOUR, -1, SYSUTCDATETIME()) THEN 0
                WHEN d.born_at > DATEADD(HOUR, -24, SYSUTCDATETIME()) THEN 1
                WHEN d.born_at > DATEADD(DAY, -3, SYSUTCDATETIME()) THEN 24
                WHEN d.born_at > DATEADD(DAY, -7, SYSUTCDATETIME()) THEN 72
                ELSE 168 END AS older_than_h,
           CAST(NULLIF(COALESCE(e.text, g.text), N'') AS NVARCHAR(2000)) AS owner, d.born_at
    FROM (SELECT TOP (50000) event_uuid, fingerprint, born_at FROM tidegate.dead_letter
          WHERE state = 'open' ORDER BY born_at) d
    LEFT JOIN of_event e ON e.event_uuid = d.event_uuid
    LEFT JOIN of_group g ON g.fingerprint = d.fingerprint)
SELECT l.older_than_h, l.owner, COUNT_BIG(*) AS letters, MIN(l.born_at) AS oldest_at
FROM letters l
GROUP BY l.older_than_h, l.owner;
GO
IF OBJECT_ID(N'tidegate.v_blocked_keys', N'V') IS NOT NULL DROP VIEW tidegate.v_blocked_keys;
GO
-- Order keys that do not go on: held by an operator, by a dead letter, or by an event of unknown
-- outcome. Of 1,000 blocked rows and 1,000 held keys; those behind are counted up to 1,000.
CREATE VIEW tidegate.v_blocked_keys AS
SELECT k.text AS order_key,
       CAST(CASE WHEN q.state = 4 THEN 'unknown'
                 WHEN q.state = 5 AND i.state = 'dead' THEN 'dead_letter'
                 WHEN k.held = 1 THEN 'operator' ELSE 'event_ahead' END AS VARCHAR(12))
           AS blocked_by,
       CAST(k.held AS INT) AS held, k.target, i.uuid AS event,
       CAST(CASE WHEN i.state = 'dead' THEN 'dead'
                 ELSE CASE q.state WHEN 0 THEN 'pending' WHEN 1 THEN 'waiting'
                                   WHEN 2 THEN 'processing' WHEN 3 THEN 'retrying'
                                   WHEN 4 THEN 'unknown' WHEN 5 THEN 'held' END
            END AS VARCHAR(12)) AS state,
       i.entity, i.entity_text AS entity_id, d.reason, d.error_class,
       COALESCE(d.born_at, q.unknown_at, i.accepted_at) AS since, q.due_at,
       CAST(b.n AS BIGINT) AS behind
FROM (SELECT key_id FROM (SELECT TOP (1000) key_id FROM tidegate.sync_queue
                          WHERE state IN (4, 5)) s
      UNION
      SELECT id FROM (SELECT TOP (1000) id FROM tidegate.order_key WHERE held = 1) h) x
JOIN tidegate.order_key k ON k.id = x.key_id
OUTER APPLY (SELECT TOP (1) l.* FROM tidegate.sync_queue l
             WHERE l.key_id = k.id ORDER BY l.seq) q
LEFT JOIN tidegate.inbox i ON i.id = q.event_id
LEFT JOIN tidegate.dead_letter d
       ON d.event_id = q.event_id AND d.state = 'open' AND i.state = 'dead'
OUTER APPLY (SELECT COUNT(*) AS n
             FROM (SELECT TOP (1000) l.id FROM tidegate.sync_queue l
                   WHERE l.key_id = k.id AND l.seq > COALESCE(q.seq, -1)) c) b;
GO
IF OBJECT_ID(N'tidegate.v_attempts_histogram', N'V') IS NOT NULL DROP VIEW tidegate.v_attempts_histogram;
GO
-- How many attempts events took. Of the last 20,000 attempts.
CREATE VIEW tidegate.v_attempts_histogram AS
SELECT s.attempts, s.state, COUNT_BIG(*) AS events, MIN(s.window_from) AS window_from
FROM (
    SELECT e.attempts, e.window_from,
           CAST(CASE i.state WHEN 'live' THEN 'unfinished' ELSE i.state END AS VARCHAR(12))
               AS state
    FROM (SELECT a.event_id, MAX(a.number) AS attempts,
                 MIN(MIN(a.opened_at)) OVER () AS window_from
          FROM (SELECT TOP (20000) event_id, number, opened_at
                FROM tidegate.sync_attempt ORDER BY id DESC) a
          GROUP BY a.event_id) e
    JOIN tidegate.inbox i ON i.id = e.event_id
) s
GROUP BY s.attempts, s.state;
GO
IF OBJECT_ID(N'tidegate.v_stuck', N'V') IS NOT NULL DROP VIEW tidegate.v_stuck;
GO
-- What has been open for more than 60 seconds: attempts, sendings, requests. Of 1,000 of each.
CREATE VIEW tidegate.v_stuck AS
SELECT CAST('attempt' AS VARCHAR(12)) AS what, i.uuid AS event,
       CAST(CONCAT(a.kind, ' to ', a.target) AS NVARCHAR(100)) AS detail, a.number AS attempt,
       a.opened_at AS since,
       CAST(DATEDIFF_BIG(MILLISECOND, a.opened_at, SYSUTCDATETIME()) / 1000.0
            AS DECIMAL(18, 3)) AS age_s,
       a.epoch, CASE WHEN a.epoch = l.epoch THEN 1 ELSE 0 END AS of_leader
FROM (SELECT TOP (1000) event_id, number, kind, target, epoch, opened_at
      FROM tidegate.sync_attempt WHERE closed_at IS NULL) a
JOIN tidegate.inbox i ON i.id = a.event_id
LEFT JOIN tidegate.leader l ON l.name = 'sync'
WHERE a.opened_at < DATEADD(SECOND, -60, SYSUTCDATETIME())
UNION ALL
SELECT 'sending', a.event_uuid, CAST(s.name AS NVARCHAR(100)), a.number, a.opened_at,
       CAST(DATEDIFF_BIG(MILLISECOND, a.opened_at, SYSUTCDATETIME()) / 1000.0 AS DECIMAL(18, 3)),
       a.epoch, CASE WHEN a.epoch = l.epoch THEN 1 ELSE 0 END
FROM (SELECT TOP (1000) event_uuid, subscription_id, number, epoch, opened_at
      FROM tidegate.dispatch_attempt WHERE closed_at IS NULL) a
JOIN tidegate.subscription s ON s.id = a.subscription_id
LEFT JOIN tidegate.leader l ON l.name = 'relay'
WHERE a.opened_at < DATEADD(SECOND, -60, SYSUTCDATETIME())
UNION ALL
SELECT 'request', r.event_uuid, CAST(CONCAT(r.verb, ', ', r.state) AS NVARCHAR(100)), NULL, r.at,
       CAST(DATEDIFF_BIG(MILLISECOND, r.at, SYSUTCDATETIME()) / 1000.0 AS DECIMAL(18, 3)), NULL,
       NULL
FROM (SELECT TOP (1000) event_uuid, verb, state, at FROM tidegate.operator_request
      WHERE state IN ('open', 'running')) r
WHERE r.at < DATEADD(SECOND, -60, SYSUTCDATETIME());
GO
IF OBJECT_ID(N'tidegate.v_leader', N'V') IS NOT NULL DROP VIEW tidegate.v_leader;
GO
-- Who leads, since when, and how old the last sign of it is; 15 seconds without one: nobody.
CREATE VIEW tidegate.v_leader AS
SELECT l.name AS role, l.holder, l.epoch, l.since, l.beat_at, l.beat_age_s,
       CASE WHEN l.holder <> '' AND l.beat_age_s < 15 THEN 1 ELSE 0 END AS leads, l.schema_no
FROM (SELECT name, holder, epoch, since, beat_at, schema_no,
             CAST(DATEDIFF_BIG(MILLISECOND, beat_at, SYSUTCDATETIME()) / 1000.0
                  AS DECIMAL(18, 3)) AS beat_age_s
      FROM tidegate.leader) l;
GO
IF OBJECT_ID(N'tidegate.v_event_timeline', N'V') IS NOT NULL DROP VIEW tidegate.v_event_timeline;
GO
-- What happened to an event, one row per happening; order by at, step, attempt.
CREATE VIEW tidegate.v_event_timeline AS
SELECT u.event, u.at, u.what, u.attempt, CAST(u.detail AS NVARCHAR(400)) AS detail,
       CAST(u.actor AS NVARCHAR(200)) AS actor, u.step
FROM (
    SELECT d.event_uuid AS event, d.received_at AS at, CAST('delivered' AS VARCHAR(20)) AS what,
           CAST(NULL AS INT) AS attempt,
           CONCAT(d.verdict, ', ', d.[rule],
                  CASE WHEN d.seen > 1 THEN CONCAT(', ', d.seen, ' times') ELSE '' END) AS detail,
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
    FROM tidegate.dispatch_attempt a JOIN tidegate.subscription s ON s.id = a.subscription_id
) u;
GO
IF OBJECT_ID(N'tidegate.v_deliveries_by_verdict', N'V') IS NOT NULL DROP VIEW tidegate.v_deliveries_by_verdict;
GO
-- What was delivered in the last 24 hours, and what became of it, per source and entity.
-- Of the last 20,000 deliveries.
CREATE VIEW tidegate.v_deliveries_by_verdict AS
SELECT d.source, d.entity, d.verdict, d.[rule], CAST(SUM(CAST(d.seen AS BIGINT)) AS BIGINT)
           AS deliveries,
       COUNT_BIG(*) AS [rows], MAX(d.last_at) AS last_at,
       MIN(MIN(d.received_at)) OVER () AS window_from
FROM (SELECT TOP (20000) source, entity, verdict, [rule], seen, last_at, received_at
      FROM tidegate.delivery ORDER BY id DESC) d
WHERE d.received_at > DATEADD(DAY, -1, SYSUTCDATETIME())
GROUP BY d.source, d.entity, d.verdict, d.[rule];
GO
IF OBJECT_ID(N'tidegate.v_operator_actions', N'V') IS NOT NULL DROP VIEW tidegate.v_operator_actions;
GO
-- What people asked for or changed, and what came of it: the last 2,000 requests, and of the
-- last 2,000 rows of the record that belong to no attempt those that belong to no request either.
-- What an edit-replay asks for holds a body, so its filter is not shown.
CREATE VIEW tidegate.v_operator_actions AS
SELECT r.at, r.actor, r.source, r.host, CAST(r.verb AS VARCHAR(40)) AS verb, r.uuid AS request,
       r.event_uuid AS event,
       CAST(CASE WHEN r.verb IN ('replay', 'skip', 'discard', 'resolve', 'hold', 'release', 'pause',
                                 'resume', 'cancel') THEN r.filter END AS NVARCHAR(MAX)) AS filter,
       CAST(NULL AS NVARCHAR(600)) AS about, r.reason, r.state, r.matched, r.changed, r.skipped,
       r.failed, r.ended_at
FROM (SELECT TOP (2000) * FROM tidegate.operator_request ORDER BY id DESC) r
UNION ALL
SELECT t.at, t.actor, NULL, t.host, t.action, NULL, t.event_uuid, NULL,
       CAST(CONCAT(t.source, ' ', t.entity,
                   CASE WHEN t.entity_text IS NULL THEN N'' ELSE CONCAT(N' ', t.entity_text) END)
            AS NVARCHAR(600)),
       t.reason, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT TOP (2000) at, action, actor, source, entity, entity_text, event_uuid, reason, host
      FROM tidegate.audit_trail WHERE attempt IS NULL ORDER BY id DESC) t
WHERE t.action NOT IN ('hold', 'release', 'replay', 'edit-replay', 'skip', 'discard', 'resolve',
                       'pause', 'resume', 'cancel');
GO
IF OBJECT_ID(N'tidegate.v_table_health', N'V') IS NOT NULL DROP VIEW tidegate.v_table_health;
GO
-- What the tables hold and how far back they reach, told by their first and last numbers: nothing is
-- counted row by row. The oldest end is looked for among a table's first 1,000 rows.
CREATE VIEW tidegate.v_table_health AS
SELECT CAST('delivery' AS VARCHAR(64)) AS table_name,
       CAST(COALESCE((SELECT MAX(id) FROM tidegate.delivery) - (SELECT MIN(id) FROM tidegate.delivery) + 1, 0) AS BIGINT) AS rows_at_most,
       CAST((SELECT MIN(x.received_at) FROM (SELECT TOP (1000) received_at FROM tidegate.delivery ORDER BY id) x) AS DATETIME2(6)) AS oldest_terminal_at,
       CAST(NULL AS BIGINT) AS size_kb
UNION ALL
SELECT 'inbox',
       COALESCE((SELECT MAX(id) FROM tidegate.inbox) - (SELECT MIN(id) FROM tidegate.inbox) + 1, 0),
       (SELECT MIN(x.ended_at) FROM (SELECT TOP (1000) ended_at FROM tidegate.inbox ORDER BY id) x),
       NULL
UNION ALL
SELECT 'payload',
       COALESCE((SELECT MAX(event_id) FROM tidegate.payload) - (SELECT MIN(event_id) FROM tidegate.payload) + 1, 0),
       (SELECT MIN(x.erased_at) FROM (SELECT TOP (1000) erased_at FROM tidegate.payload ORDER BY event_id) x),
       NULL
UNION ALL
SELECT 'entity_head',
       COALESCE((SELECT MAX(id) FROM tidegate.entity_head) - (SELECT MIN(id) FROM tidegate.entity_head) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'order_key',
       COALESCE((SELECT MAX(id) FROM tidegate.order_key) - (SELECT MIN(id) FROM tidegate.order_key) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'entity_link',
       COALESCE((SELECT MAX(id) FROM tidegate.entity_link) - (SELECT MIN(id) FROM tidegate.entity_link) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'sync_queue',
       COALESCE((SELECT MAX(id) FROM tidegate.sync_queue) - (SELECT MIN(id) FROM tidegate.sync_queue) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'sync_attempt',
       COALESCE((SELECT MAX(id) FROM tidegate.sync_attempt) - (SELECT MIN(id) FROM tidegate.sync_attempt) + 1, 0),
       (SELECT MIN(x.closed_at) FROM (SELECT TOP (1000) closed_at FROM tidegate.sync_attempt ORDER BY id) x),
       NULL
UNION ALL
SELECT 'dead_letter',
       COALESCE((SELECT MAX(id) FROM tidegate.dead_letter) - (SELECT MIN(id) FROM tidegate.dead_letter) + 1, 0),
       (SELECT MIN(x.closed_at) FROM (SELECT TOP (1000) closed_at FROM tidegate.dead_letter ORDER BY id) x),
       NULL
UNION ALL
SELECT 'operator_request',
       COALESCE((SELECT MAX(id) FROM tidegate.operator_request) - (SELECT MIN(id) FROM tidegate.operator_request) + 1, 0),
       (SELECT MIN(x.ended_at) FROM (SELECT TOP (1000) ended_at FROM tidegate.operator_request ORDER BY id) x),
       NULL
UNION ALL
SELECT 'letter_note',
       COALESCE((SELECT MAX(id) FROM tidegate.letter_note) - (SELECT MIN(id) FROM tidegate.letter_note) + 1, 0),
       (SELECT MIN(x.at) FROM (SELECT TOP (1000) at FROM tidegate.letter_note ORDER BY id) x),
       NULL
UNION ALL
SELECT 'audit_trail',
       COALESCE((SELECT MAX(id) FROM tidegate.audit_trail) - (SELECT MIN(id) FROM tidegate.audit_trail) + 1, 0),
       (SELECT MIN(x.at) FROM (SELECT TOP (1000) at FROM tidegate.audit_trail ORDER BY id) x),
       NULL
UNION ALL
SELECT 'seal',
       COALESCE((SELECT MAX(seq) FROM tidegate.seal) - (SELECT MIN(seq) FROM tidegate.seal) + 1, 0),
       (SELECT MIN(x.at) FROM (SELECT TOP (1000) at FROM tidegate.seal ORDER BY seq) x),
       NULL
UNION ALL
SELECT 'access_log',
       COALESCE((SELECT MAX(id) FROM tidegate.access_log) - (SELECT MIN(id) FROM tidegate.access_log) + 1, 0),
       (SELECT MIN(x.at) FROM (SELECT TOP (1000) at FROM tidegate.access_log ORDER BY id) x),
       NULL
UNION ALL
SELECT 'outbox',
       COALESCE((SELECT MAX(id) FROM tidegate.outbox) - (SELECT MIN(id) FROM tidegate.outbox) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'dispatch',
       COALESCE((SELECT MAX(id) FROM tidegate.dispatch) - (SELECT MIN(id) FROM tidegate.dispatch) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'dispatch_attempt',
       COALESCE((SELECT MAX(id) FROM tidegate.dispatch_attempt) - (SELECT MIN(id) FROM tidegate.dispatch_attempt) + 1, 0),
       (SELECT MIN(x.closed_at) FROM (SELECT TOP (1000) closed_at FROM tidegate.dispatch_attempt ORDER BY id) x),
       NULL
UNION ALL
SELECT 'alert',
       COALESCE((SELECT MAX(id) FROM tidegate.alert) - (SELECT MIN(id) FROM tidegate.alert) + 1, 0),
       (SELECT MIN(x.cleared_at) FROM (SELECT TOP (1000) cleared_at FROM tidegate.alert ORDER BY id) x),
       NULL
UNION ALL
SELECT '(database)', NULL, NULL, (SELECT SUM(CAST(f.size AS BIGINT)) * 8 FROM sys.database_files f);
GO
IF OBJECT_ID(N'tidegate.v_pauses', N'V') IS NOT NULL DROP VIEW tidegate.v_pauses;
GO
-- What stands still: adapters, and entities of them.
CREATE VIEW tidegate.v_pauses AS
SELECT p.target, p.entity, p.kind, p.reason, p.actor, p.since, p.until_at, p.probe_at,
       CASE WHEN p.until_at IS NULL OR p.until_at > SYSUTCDATETIME() THEN 1 ELSE 0 END AS active
FROM (SELECT TOP (1000) * FROM tidegate.pause ORDER BY id DESC) p;
GO
IF OBJECT_ID(N'tidegate.v_replay_jobs', N'V') IS NOT NULL DROP VIEW tidegate.v_replay_jobs;
GO
-- Replays of many letters: how far each is. Of the last 2,000 requests about many.
CREATE VIEW tidegate.v_replay_jobs AS
SELECT r.uuid AS request, r.at, r.actor, r.host, r.reason, r.filter, r.state, r.rate_per_s, r.ramp,
       r.stop_at_percent, r.matched, r.changed, r.skipped, r.failed, r.started_at, r.wake_at,
       r.ended_at
FROM (SELECT TOP (2000) * FROM tidegate.operator_request
      WHERE event_uuid IS NULL ORDER BY id DESC) r
WHERE r.verb = 'replay';
GO
IF OBJECT_ID(N'tidegate.v_processes', N'V') IS NOT NULL DROP VIEW tidegate.v_processes;
GO
-- Which processes run on this database, and which ran: the last 1,000.
CREATE VIEW tidegate.v_processes AS
SELECT p.uuid AS process, p.role, p.host, p.pid, p.version, p.config_version, p.started_at,
       p.seen_at, CAST(DATEDIFF_BIG(MILLISECOND, p.seen_at, SYSUTCDATETIME()) / 1000.0
                       AS DECIMAL(18, 3)) AS seen_age_s,
       p.ended_at
FROM (SELECT TOP (1000) * FROM tidegate.process ORDER BY id DESC) p;
GO
IF OBJECT_ID(N'tidegate.v_alerts', N'V') IS NOT NULL DROP VIEW tidegate.v_alerts;
GO
-- What was amiss: the last 2,000 alerts, those that still hold with a null in cleared_at.
CREATE VIEW tidegate.v_alerts AS
SELECT a.code, a.subject, a.severity, a.text, a.since, a.last_at, a.cleared_at, a.acknowledged_at,
       a.acknowledged_by, a.sent_at, a.sent_error
FROM (SELECT TOP (2000) * FROM tidegate.alert ORDER BY id DESC) a;
GO
IF OBJECT_ID(N'tidegate.v_links', N'V') IS NOT NULL DROP VIEW tidegate.v_links;
GO
-- Which record of a far side belongs to which record of a source: the newest 20,000.
CREATE VIEW tidegate.v_links AS
SELECT l.target, l.source, l.entity, l.entity_text AS entity_id, l.record_type, l.record_id,
       l.record_key, l.event_uuid AS event, l.at
FROM (SELECT TOP (20000) * FROM tidegate.entity_link ORDER BY id DESC) l;
GO
IF OBJECT_ID(N'tidegate.publish', N'P') IS NULL
    EXEC(N'CREATE PROCEDURE tidegate.publish AS RETURN 0');
GO
-- Tell subscribers something, in the caller's own transaction: they hear of it once that commits.
-- Messages of one key go out in the order in which the relay sees them committed.
ALTER PROCEDURE tidegate.publish
    @type VARCHAR(101),
    @subject NVARCHAR(401),
    @data NVARCHAR(MAX),
    @order_key NVARCHAR(4000) = NULL,
    @trace VARCHAR(56) = NULL,
    @event UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    IF @type IS NULL OR CHARINDEX('.', @type) < 2 OR CHARINDEX(' ', @type) > 0
    BEGIN;
        THROW 51005, N'tidegate.publish: @type is a name with a dot, as order.shipped', 1;
    END;
    IF NULLIF(LTRIM(RTRIM(@subject)), N'') IS NULL
    BEGIN;
        THROW 51006, N'tidegate.publish: say what it is about, in @subject', 1;
    END;
    IF @data IS NULL OR ISJSON(@data) <> 1 OR LEFT(LTRIM(@data), 1) <> N'{'
    BEGIN;
        THROW 51007, N'tidegate.publish: @data is a JSON object', 1;
    END;
    SET @event = COALESCE(@event, NEWID());
    INSERT INTO tidegate.outbox (event_uuid, type, subject, key_hash, data, at, trace)
    VALUES (@event, @type, @subject,
            HASHBYTES('SHA2_256', CONCAT(N'published|', COALESCE(@order_key, @subject))),
            @data, SYSUTCDATETIME(), @trace);
    SELECT @event AS event_id;
END
GO
IF OBJECT_ID(N'tidegate.hold', N'P') IS NULL
    EXEC(N'CREATE PROCEDURE tidegate.hold AS RETURN 0');
GO
-- Let no further event of a key run until it is released.
ALTER PROCEDURE tidegate.hold
    @reason NVARCHAR(2001),
    @order_key NVARCHAR(4000) = NULL,
    @event UNIQUEIDENTIFIER = NULL,
    @request UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @key_id BIGINT, @known INT;
    IF NULLIF(LTRIM(RTRIM(@reason)), N'') IS NULL
    BEGIN;
        THROW 51001, N'tidegate.hold: say why, in @reason', 1;
    END;
    IF @event IS NULL
        SELECT @known = COUNT(*), @key_id = MIN(k.id) FROM tidegate.order_key k
        WHERE k.text = @order_key;
    ELSE
        SELECT @known = COUNT(*), @key_id = MIN(i.key_id) FROM tidegate.inbox i
        WHERE i.uuid = @event AND i.key_id IS NOT NULL;
    IF @known = 0
    BEGIN;
        THROW 51003, N'tidegate.hold: there is no such key; name @order_key or an @event of it', 1;
    END;
    IF @known > 1
    BEGIN;
        THROW 51004, N'tidegate.hold: several keys go by that; name an @event of it', 1;
    END;
    SET @request = NEWID();
    INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host,
                                           source, state, matched, changed, skipped)
    VALUES (@request, SYSUTCDATETIME(), 'hold',
            CONCAT(N'{"key_id": ', @key_id, N'}'),
            NULL, LTRIM(RTRIM(@reason)), LEFT(CONCAT(N'sql:', ORIGINAL_LOGIN()), 200),
            LEFT(HOST_NAME(), 200), 'sql', 'open', 0, 0, 0);
    SELECT @request AS request_id, CAST(CASE WHEN EXISTS (
               SELECT 1 FROM tidegate.leader
               WHERE name = 'sync' AND holder <> N''
                 AND beat_at > DATEADD(SECOND, -15, SYSUTCDATETIME()))
           THEN N'the leader carries it out'
           ELSE N'nobody leads: it waits until tidegate up or tidegate processor runs'
           END AS NVARCHAR(100)) AS note;
END
GO
IF OBJECT_ID(N'tidegate.release', N'P') IS NULL
    EXEC(N'CREATE PROCEDURE tidegate.release AS RETURN 0');
GO
-- Let a key that an operator holds go on.
ALTER PROCEDURE tidegate.release
    @reason NVARCHAR(2001),
    @order_key NVARCHAR(4000) = NULL,
    @event UNIQUEIDENTIFIER = NULL,
    @request UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    DECLARE @key_id BIGINT, @known INT;
    IF NULLIF(LTRIM(RTRIM(@reason)), N'') IS NULL
    BEGIN;
        THROW 51001, N'tidegate.release: say why, in @reason', 1;
    END;
    IF @event IS NULL
        SELECT @known = COUNT(*), @key_id = MIN(k.id) FROM tidegate.order_key k
        WHERE k.text = @order_key;
    ELSE
        SELECT @known = COUNT(*), @key_id = MIN(i.key_id) FROM tidegate.inbox i
        WHERE i.uuid = @event AND i.key_id IS NOT NULL;
    IF @known = 0
    BEGIN;
        THROW 51003, N'tidegate.release: there is no such key; name @order_key or an @event of it', 1;
    END;
    IF @known > 1
    BEGIN;
        THROW 51004, N'tidegate.release: several keys go by that; name an @event of it', 1;
    END;
    SET @request = NEWID();
    INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host,
                                           source, state, matched, changed, skipped)
    VALUES (@request, SYSUTCDATETIME(), 'release',
            CONCAT(N'{"key_id": ', @key_id, N'}'),
            NULL, LTRIM(RTRIM(@reason)), LEFT(CONCAT(N'sql:', ORIGINAL_LOGIN()), 200),
            LEFT(HOST_NAME(), 200), 'sql', 'open', 0, 0, 0);
    SELECT @request AS request_id, CAST(CASE WHEN EXISTS (
               SELECT 1 FROM tidegate.leader
               WHERE name = 'sync' AND holder <> N''
                 AND beat_at > DATEADD(SECOND, -15, SYSUTCDATETIME()))
           THEN N'the leader carries it out'
           ELSE N'nobody leads: it waits until tidegate up or tidegate processor runs'
           END AS NVARCHAR(100)) AS note;
END
GO
IF OBJECT_ID(N'tidegate.replay', N'P') IS NULL
    EXEC(N'CREATE PROCEDURE tidegate.replay AS RETURN 0');
GO
-- Send a dead event again, at its own place in the order of its key.
ALTER PROCEDURE tidegate.replay
    @event UNIQUEIDENTIFIER,
    @reason NVARCHAR(2001),
    @out_of_order BIT = 0,
    @request UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    IF NULLIF(LTRIM(RTRIM(@reason)), N'') IS NULL
    BEGIN;
        THROW 51001, N'tidegate.replay: say why, in @reason', 1;
    END;
    IF NOT EXISTS (SELECT 1 FROM tidegate.inbox i JOIN tidegate.dead_letter d ON d.event_id = i.id
                   WHERE i.uuid = @event)
    BEGIN;
        THROW 51002, N'tidegate.replay: that event never died', 1;
    END;
    SET @request = NEWID();
    INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host,
                                           source, state, matched, changed, skipped)
    VALUES (@request, SYSUTCDATETIME(), 'replay',
            CASE WHEN @out_of_order = 1 THEN N'{"out_of_order": true}' ELSE N'{}' END,
            @event, LTRIM(RTRIM(@reason)), LEFT(CONCAT(N'sql:', ORIGINAL_LOGIN()), 200),
            LEFT(HOST_NAME(), 200), 'sql', 'open', 0, 0, 0);
    SELECT @request AS request_id, CAST(CASE WHEN EXISTS (
               SELECT 1 FROM tidegate.leader
               WHERE name = 'sync' AND holder <> N''
                 AND beat_at > DATEADD(SECOND, -15, SYSUTCDATETIME()))
           THEN N'the leader carries it out'
           ELSE N'nobody leads: it waits until tidegate up or tidegate processor runs'
           END AS NVARCHAR(100)) AS note;
END
GO
IF OBJECT_ID(N'tidegate.skip', N'P') IS NULL
    EXEC(N'CREATE PROCEDURE tidegate.skip AS RETURN 0');
GO
-- Leave a letter dead, and let its key go on.
ALTER PROCEDURE tidegate.skip
    @event UNIQUEIDENTIFIER,
    @reason NVARCHAR(2001),
    @request UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    IF NULLIF(LTRIM(RTRIM(@reason)), N'') IS NULL
    BEGIN;
        THROW 51001, N'tidegate.skip: say why, in @reason', 1;
    END;
    IF NOT EXISTS (SELECT 1 FROM tidegate.inbox i JOIN tidegate.dead_letter d ON d.event_id = i.id
                   WHERE i.uuid = @event)
    BEGIN;
        THROW 51002, N'tidegate.skip: that event never died', 1;
    END;
    SET @request = NEWID();
    INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host,
                                           source, state, matched, changed, skipped)
    VALUES (@request, SYSUTCDATETIME(), 'skip',
            N'{}',
            @event, LTRIM(RTRIM(@reason)), LEFT(CONCAT(N'sql:', ORIGINAL_LOGIN()), 200),
            LEFT(HOST_NAME(), 200), 'sql', 'open', 0, 0, 0);
    SELECT @request AS request_id, CAST(CASE WHEN EXISTS (
               SELECT 1 FROM tidegate.leader
               WHERE name = 'sync' AND holder <> N''
                 AND beat_at > DATEADD(SECOND, -15, SYSUTCDATETIME()))
           THEN N'the leader carries it out'
           ELSE N'nobody leads: it waits until tidegate up or tidegate processor runs'
           END AS NVARCHAR(100)) AS note;
END
GO
IF OBJECT_ID(N'tidegate.discard', N'P') IS NULL
    EXEC(N'CREATE PROCEDURE tidegate.discard AS RETURN 0');
GO
-- Close a dead event for good, and let its key go on.
ALTER PROCEDURE tidegate.discard
    @event UNIQUEIDENTIFIER,
    @reason NVARCHAR(2001),
    @request UNIQUEIDENTIFIER = NULL OUTPUT
AS
BEGIN
    SET NOCOUNT ON;
    IF NULLIF(LTRIM(RTRIM(@reason)), N'') IS NULL
    BEGIN;
        THROW 51001, N'tidegate.discard: say why, in @reason', 1;
    END;
    IF NOT EXISTS (SELECT 1 FROM tidegate.inbox i JOIN tidegate.dead_letter d ON d.event_id = i.id
                   WHERE i.uuid = @event)
    BEGIN;
        THROW 51002, N'tidegate.discard: that event never died', 1;
    END;
    SET @request = NEWID();
    INSERT INTO tidegate.operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host,
                                           source, state, matched, changed, skipped)
    VALUES (@request, SYSUTCDATETIME(), 'discard',
            N'{}',
            @event, LTRIM(RTRIM(@reason)), LEFT(CONCAT(N'sql:', ORIGINAL_LOGIN()), 200),
            LEFT(HOST_NAME(), 200), 'sql', 'open', 0, 0, 0);
    SELECT @request AS request_id, CAST(CASE WHEN EXISTS (
               SELECT 1 FROM tidegate.leader
               WHERE name = 'sync' AND holder <> N''
                 AND beat_at > DATEADD(SECOND, -15, SYSUTCDATETIME()))
           THEN N'the leader carries it out'
           ELSE N'nobody leads: it waits until tidegate up or tidegate processor runs'
           END AS NVARCHAR(100)) AS note;
END
GO
-- Who may do what; written by `python -m sql.dump` from what our statements do. Roles are made
-- where they are missing, by a member of db_owner; grants follow for those that are there.
--   tidegate_service    what `tidegate up` and its parts log in as; no DDL
--   tidegate_reader     reports: the views, and nothing behind them
--   tidegate_operator   the views, and procedures that ask the leader for something
--   tidegate_publisher  other programs that tell subscribers something: publish alone
-- Views are made anew by an upgrade, so grant a role, not a view: ALTER ROLE … ADD MEMBER …;
SET NOCOUNT ON;
IF DATABASE_PRINCIPAL_ID(N'tidegate_service') IS NULL
   AND (IS_MEMBER(N'db_owner') = 1 OR IS_SRVROLEMEMBER(N'sysadmin') = 1)
    CREATE ROLE tidegate_service;
IF DATABASE_PRINCIPAL_ID(N'tidegate_reader') IS NULL
   AND (IS_MEMBER(N'db_owner') = 1 OR IS_SRVROLEMEMBER(N'sysadmin') = 1)
    CREATE ROLE tidegate_reader;
IF DATABASE_PRINCIPAL_ID(N'tidegate_operator') IS NULL
   AND (IS_MEMBER(N'db_owner') = 1 OR IS_SRVROLEMEMBER(N'sysadmin') = 1)
    CREATE ROLE tidegate_operator;
IF DATABASE_PRINCIPAL_ID(N'tidegate_publisher') IS NULL
   AND (IS_MEMBER(N'db_owner') = 1 OR IS_SRVROLEMEMBER(N'sysadmin') = 1)
    CREATE ROLE tidegate_publisher;
IF DATABASE_PRINCIPAL_ID(N'tidegate_service') IS NOT NULL
   AND HAS_PERMS_BY_NAME(N'tidegate', N'SCHEMA', N'CONTROL') = 1
BEGIN
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.access_log TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.alert TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE ON tidegate.api_key TO tidegate_service;
    GRANT SELECT, INSERT, DELETE ON tidegate.attempt_body TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.audit_trail TO tidegate_service;
    GRANT SELECT, INSERT ON tidegate.config_version TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE ON tidegate.counter TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.dead_letter TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.delivery TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.dispatch TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.dispatch_attempt TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE ON tidegate.dispatch_key TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE ON tidegate.entity_head TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE ON tidegate.entity_link TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.inbox TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE ON tidegate.install TO tidegate_service;
    GRANT SELECT, UPDATE ON tidegate.leader TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.letter_note TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.operator_request TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE ON tidegate.order_key TO tidegate_service;
    GRANT SELECT, INSERT, DELETE ON tidegate.outbox TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.pause TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.payload TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.process TO tidegate_service;
    GRANT SELECT ON tidegate.schema_version TO tidegate_service;
    GRANT SELECT, INSERT ON tidegate.seal TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE ON tidegate.subscription TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.sync_attempt TO tidegate_service;
    GRANT SELECT, INSERT, UPDATE, DELETE ON tidegate.sync_queue TO tidegate_service;
    GRANT SELECT ON tidegate.v_queue_depth TO tidegate_service;
    GRANT SELECT ON tidegate.v_queue_age TO tidegate_service;
    GRANT SELECT ON tidegate.v_flow TO tidegate_service;
    GRANT SELECT ON tidegate.v_latency TO tidegate_service;
    GRANT SELECT ON tidegate.v_latency_histogram TO tidegate_service;
    GRANT SELECT ON tidegate.v_error_rate TO tidegate_service;
    GRANT SELECT ON tidegate.v_dead_letter_matrix TO tidegate_service;
    GRANT SELECT ON tidegate.v_dead_letter_ageing TO tidegate_service;
    GRANT SELECT ON tidegate.v_blocked_keys TO tidegate_service;
    GRANT SELECT ON tidegate.v_attempts_histogram TO tidegate_service;
    GRANT SELECT ON tidegate.v_stuck TO tidegate_service;
    GRANT SELECT ON tidegate.v_leader TO tidegate_service;
    GRANT SELECT ON tidegate.v_event_timeline TO tidegate_service;
    GRANT SELECT ON tidegate.v_deliveries_by_verdict TO tidegate_service;
    GRANT SELECT ON tidegate.v_operator_actions TO tidegate_service;
    GRANT SELECT ON tidegate.v_table_health TO tidegate_service;
    GRANT SELECT ON tidegate.v_pauses TO tidegate_service;
    GRANT SELECT ON tidegate.v_replay_jobs TO tidegate_service;
    GRANT SELECT ON tidegate.v_processes TO tidegate_service;
    GRANT SELECT ON tidegate.v_alerts TO tidegate_service;
    GRANT SELECT ON tidegate.v_links TO tidegate_service;
END;
IF DATABASE_PRINCIPAL_ID(N'tidegate_reader') IS NOT NULL
   AND HAS_PERMS_BY_NAME(N'tidegate', N'SCHEMA', N'CONTROL') = 1
BEGIN
    GRANT SELECT ON tidegate.v_queue_depth TO tidegate_reader;
    GRANT SELECT ON tidegate.v_queue_age TO tidegate_reader;
    GRANT SELECT ON tidegate.v_flow TO tidegate_reader;
    GRANT SELECT ON tidegate.v_latency TO tidegate_reader;
    GRANT SELECT ON tidegate.v_latency_histogram TO tidegate_reader;
    GRANT SELECT ON tidegate.v_error_rate TO tidegate_reader;
    GRANT SELECT ON tidegate.v_dead_letter_matrix TO tidegate_reader;
    GRANT SELECT ON tidegate.v_dead_letter_ageing TO tidegate_reader;
    GRANT SELECT ON tidegate.v_blocked_keys TO tidegate_reader;
    GRANT SELECT ON tidegate.v_attempts_histogram TO tidegate_reader;
    GRANT SELECT ON tidegate.v_stuck TO tidegate_reader;
    GRANT SELECT ON tidegate.v_leader TO tidegate_reader;
    GRANT SELECT ON tidegate.v_event_timeline TO tidegate_reader;
    GRANT SELECT ON tidegate.v_deliveries_by_verdict TO tidegate_reader;
    GRANT SELECT ON tidegate.v_operator_actions TO tidegate_reader;
    GRANT SELECT ON tidegate.v_table_health TO tidegate_reader;
    GRANT SELECT ON tidegate.v_pauses TO tidegate_reader;
    GRANT SELECT ON tidegate.v_replay_jobs TO tidegate_reader;
    GRANT SELECT ON tidegate.v_processes TO tidegate_reader;
    GRANT SELECT ON tidegate.v_alerts TO tidegate_reader;
    GRANT SELECT ON tidegate.v_links TO tidegate_reader;
END;
IF DATABASE_PRINCIPAL_ID(N'tidegate_operator') IS NOT NULL
   AND HAS_PERMS_BY_NAME(N'tidegate', N'SCHEMA', N'CONTROL') = 1
BEGIN
    GRANT SELECT ON tidegate.v_queue_depth TO tidegate_operator;
    GRANT SELECT ON tidegate.v_queue_age TO tidegate_operator;
    GRANT SELECT ON tidegate.v_flow TO tidegate_operator;
    GRANT SELECT ON tidegate.v_latency TO tidegate_operator;
    GRANT SELECT ON tidegate.v_latency_histogram TO tidegate_operator;
    GRANT SELECT ON tidegate.v_error_rate TO tidegate_operator;
    GRANT SELECT ON tidegate.v_dead_letter_matrix TO tidegate_operator;
    GRANT SELECT ON tidegate.v_dead_letter_ageing TO tidegate_operator;
    GRANT SELECT ON tidegate.v_blocked_keys TO tidegate_operator;
    GRANT SELECT ON tidegate.v_attempts_histogram TO tidegate_operator;
    GRANT SELECT ON tidegate.v_stuck TO tidegate_operator;
    GRANT SELECT ON tidegate.v_leader TO tidegate_operator;
    GRANT SELECT ON tidegate.v_event_timeline TO tidegate_operator;
    GRANT SELECT ON tidegate.v_deliveries_by_verdict TO tidegate_operator;
    GRANT SELECT ON tidegate.v_operator_actions TO tidegate_operator;
    GRANT SELECT ON tidegate.v_table_health TO tidegate_operator;
    GRANT SELECT ON tidegate.v_pauses TO tidegate_operator;
    GRANT SELECT ON tidegate.v_replay_jobs TO tidegate_operator;
    GRANT SELECT ON tidegate.v_processes TO tidegate_operator;
    GRANT SELECT ON tidegate.v_alerts TO tidegate_operator;
    GRANT SELECT ON tidegate.v_links TO tidegate_operator;
    GRANT EXECUTE ON tidegate.hold TO tidegate_operator;
    GRANT EXECUTE ON tidegate.release TO tidegate_operator;
    GRANT EXECUTE ON tidegate.replay TO tidegate_operator;
    GRANT EXECUTE ON tidegate.skip TO tidegate_operator;
    GRANT EXECUTE ON tidegate.discard TO tidegate_operator;
END;
IF DATABASE_PRINCIPAL_ID(N'tidegate_publisher') IS NOT NULL
   AND HAS_PERMS_BY_NAME(N'tidegate', N'SCHEMA', N'CONTROL') = 1
BEGIN
    GRANT EXECUTE ON tidegate.publish TO tidegate_publisher;
END;
GO
