-- What came with an event, what was sent for it at each attempt, and what came back.
-- :rows payload
SELECT p.body, p.media_type, p.pointer, p.answer, p.erased_at
FROM inbox e JOIN payload p ON p.event_id = e.id WHERE e.uuid = :uuid
-- :rows attempts
SELECT b.number, b.request, b.answer
FROM inbox e JOIN attempt_body b ON b.event_id = e.id WHERE e.uuid = :uuid ORDER BY b.number
