-- What people asked for or changed, and what came of it: the last 2,000 requests, and of the
-- last 2,000 rows of the record that belong to no attempt those that belong to no request either.
-- What an edit-replay asks for holds a body, so its filter is not shown.
CREATE VIEW v_operator_actions AS
SELECT r.at, r.actor, r.source, r.host, r.verb, r.uuid AS request, r.event_uuid AS event,
       CASE WHEN r.verb IN ('replay', 'skip', 'discard', 'resolve', 'hold', 'release', 'pause',
                            'resume', 'cancel') THEN r.filter END AS filter,
       NULL AS about, r.reason, r.state, r.matched, r.changed, r.skipped, r.failed,
       r.ended_at
FROM (SELECT * FROM operator_request ORDER BY id DESC LIMIT 2000) r
UNION ALL
SELECT t.at, t.actor, NULL, t.host, t.action, NULL, t.event_uuid, NULL,
       t.source || ' ' || t.entity || COALESCE(' ' || t.entity_text, ''), t.reason, NULL, NULL,
       NULL, NULL, NULL, NULL
FROM (SELECT at, action, actor, source, entity, entity_text, event_uuid, reason, host
      FROM audit_trail WHERE attempt IS NULL ORDER BY id DESC LIMIT 2000) t
WHERE t.action NOT IN ('hold', 'release', 'replay', 'edit-replay', 'skip', 'discard', 'resolve',
                       'pause', 'resume', 'cancel')
