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
                       'pause', 'resume', 'cancel')
