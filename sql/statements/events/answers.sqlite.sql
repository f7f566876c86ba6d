-- Which of the commands that callers wait for have come to an end.
-- :rows answers
SELECT e.uuid, e.state, e.answer_status, p.answer
FROM json_each(:uuids) u JOIN inbox e ON e.uuid = u.value LEFT JOIN payload p ON p.event_id = e.id
WHERE e.state <> 'live'
