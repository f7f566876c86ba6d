-- What happened to an event, one row per happening; order by at, step, attempt.
CREATE VIEW v_event_timeline AS
SELECT d.event_uuid AS event, d.received_at AS at, 'delivered' AS what, NULL AS attempt,
       d.verdict || ', ' || d.rule
           || CASE WHEN d.seen > 1 THEN ', ' || d.seen || ' times' ELSE '' END AS detail,
       d.source AS actor, 1 AS step
FROM delivery d WHERE d.event_uuid IS NOT NULL
UNION ALL
SELECT e.uuid, e.accepted_at, 'accepted', NULL, e.operation || ' ' || e.entity,
       COALESCE(e.owner, e.source), 2
FROM inbox e
UNION ALL
SELECT e.uuid, a.opened_at, 'attempt opened', a.number, a.kind || ' to ' || a.target,
       'term ' || a.epoch, 3
FROM inbox e JOIN sync_attempt a ON a.event_id = e.id
UNION ALL
SELECT e.uuid, a.closed_at, 'attempt closed', a.number,
       COALESCE(a.outcome, '') || ', ' || COALESCE(a.decision, '')
           || COALESCE(', status ' || a.status, '') || COALESCE(', ' || a.error_class, ''),
       'term ' || a.epoch, 4
FROM inbox e JOIN sync_attempt a ON a.event_id = e.id WHERE a.closed_at IS NOT NULL
UNION ALL
SELECT e.uuid, t.at, 'changed', t.attempt, t.action || ' ' || t.entity, t.actor, 5
FROM inbox e JOIN audit_trail t ON t.event_id = e.id
UNION ALL
SELECT e.uuid, l.born_at, 'dead', l.attempts, l.reason || ', ' || l.error_class, NULL, 6
FROM inbox e JOIN dead_letter l ON l.event_id = e.id
UNION ALL
SELECT e.uuid, e.ended_at, 'ended', NULL, e.state, NULL, 7
FROM inbox e WHERE e.ended_at IS NOT NULL
UNION ALL
SELECT a.event_uuid, COALESCE(a.closed_at, a.opened_at), 'dispatched', a.number,
       s.name || ', ' || COALESCE(a.outcome, 'open') || COALESCE(', status ' || a.status, ''),
       'term ' || a.epoch, 8
FROM dispatch_attempt a JOIN subscription s ON s.id = a.subscription_id
