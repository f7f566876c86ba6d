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
) u
