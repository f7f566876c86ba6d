-- One event with its state and attempts, as its caller may see it.
-- :rows event
SELECT e.id, e.uuid, e.source, e.entity, e.entity_text, e.kind, e.operation, e.verdict, e.state,
       e.late, e.accepted_at, e.ended_at, e.answer_status, e.trace,
       CASE WHEN q.state = 3 AND q.needs_hash IS NOT NULL THEN 1 ELSE q.state END AS row_state,
       q.due_at, q.tries
FROM inbox e LEFT JOIN sync_queue q ON q.event_id = e.id WHERE e.uuid = :uuid
-- :rows attempts
SELECT a.number, a.kind, a.target, a.epoch, a.alone, a.opened_at, a.sent_at, a.closed_at, a.outcome,
       a.decision, a.rule, a.rule_version, a.status, a.error_class, a.message, a.duration_ms
FROM inbox e JOIN sync_attempt a ON a.event_id = e.id WHERE e.uuid = :uuid ORDER BY a.number
