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
SELECT '(database)', NULL, NULL, (SELECT SUM(CAST(f.size AS BIGINT)) * 8 FROM sys.database_files f)
