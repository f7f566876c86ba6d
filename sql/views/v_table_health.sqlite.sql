-- What the tables hold and how far back they reach, told by their first and last numbers: nothing is
-- counted row by row. The oldest end is looked for among a table's first 1,000 rows.
CREATE VIEW v_table_health AS
SELECT 'delivery' AS table_name,
       COALESCE((SELECT MAX(id) FROM delivery) - (SELECT MIN(id) FROM delivery) + 1, 0) AS rows_at_most,
       (SELECT MIN(x.received_at) FROM (SELECT received_at FROM delivery ORDER BY id LIMIT 1000) x) AS oldest_terminal_at,
       NULL AS size_kb
UNION ALL
SELECT 'inbox',
       COALESCE((SELECT MAX(id) FROM inbox) - (SELECT MIN(id) FROM inbox) + 1, 0),
       (SELECT MIN(x.ended_at) FROM (SELECT ended_at FROM inbox ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'payload',
       COALESCE((SELECT MAX(event_id) FROM payload) - (SELECT MIN(event_id) FROM payload) + 1, 0),
       (SELECT MIN(x.erased_at) FROM (SELECT erased_at FROM payload ORDER BY event_id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'entity_head',
       COALESCE((SELECT MAX(id) FROM entity_head) - (SELECT MIN(id) FROM entity_head) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'order_key',
       COALESCE((SELECT MAX(id) FROM order_key) - (SELECT MIN(id) FROM order_key) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'entity_link',
       COALESCE((SELECT MAX(id) FROM entity_link) - (SELECT MIN(id) FROM entity_link) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'sync_queue',
       COALESCE((SELECT MAX(id) FROM sync_queue) - (SELECT MIN(id) FROM sync_queue) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'sync_attempt',
       COALESCE((SELECT MAX(id) FROM sync_attempt) - (SELECT MIN(id) FROM sync_attempt) + 1, 0),
       (SELECT MIN(x.closed_at) FROM (SELECT closed_at FROM sync_attempt ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'dead_letter',
       COALESCE((SELECT MAX(id) FROM dead_letter) - (SELECT MIN(id) FROM dead_letter) + 1, 0),
       (SELECT MIN(x.closed_at) FROM (SELECT closed_at FROM dead_letter ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'operator_request',
       COALESCE((SELECT MAX(id) FROM operator_request) - (SELECT MIN(id) FROM operator_request) + 1, 0),
       (SELECT MIN(x.ended_at) FROM (SELECT ended_at FROM operator_request ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'letter_note',
       COALESCE((SELECT MAX(id) FROM letter_note) - (SELECT MIN(id) FROM letter_note) + 1, 0),
       (SELECT MIN(x.at) FROM (SELECT at FROM letter_note ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'audit_trail',
       COALESCE((SELECT MAX(id) FROM audit_trail) - (SELECT MIN(id) FROM audit_trail) + 1, 0),
       (SELECT MIN(x.at) FROM (SELECT at FROM audit_trail ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'seal',
       COALESCE((SELECT MAX(seq) FROM seal) - (SELECT MIN(seq) FROM seal) + 1, 0),
       (SELECT MIN(x.at) FROM (SELECT at FROM seal ORDER BY seq LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'access_log',
       COALESCE((SELECT MAX(id) FROM access_log) - (SELECT MIN(id) FROM access_log) + 1, 0),
       (SELECT MIN(x.at) FROM (SELECT at FROM access_log ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'outbox',
       COALESCE((SELECT MAX(id) FROM outbox) - (SELECT MIN(id) FROM outbox) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'dispatch',
       COALESCE((SELECT MAX(id) FROM dispatch) - (SELECT MIN(id) FROM dispatch) + 1, 0),
       NULL,
       NULL
UNION ALL
SELECT 'dispatch_attempt',
       COALESCE((SELECT MAX(id) FROM dispatch_attempt) - (SELECT MIN(id) FROM dispatch_attempt) + 1, 0),
       (SELECT MIN(x.closed_at) FROM (SELECT closed_at FROM dispatch_attempt ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT 'alert',
       COALESCE((SELECT MAX(id) FROM alert) - (SELECT MIN(id) FROM alert) + 1, 0),
       (SELECT MIN(x.cleared_at) FROM (SELECT cleared_at FROM alert ORDER BY id LIMIT 1000) x),
       NULL
UNION ALL
SELECT '(database)', NULL, NULL,
       (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size) / 1024
