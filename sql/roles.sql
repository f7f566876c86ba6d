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
