-- What was sent and what came back, where it is still kept.
-- :rows bodies
SELECT b.event_id, b.number, b.request, b.answer, p.erased_at
FROM json_each(:refs) r JOIN attempt_body b
  ON b.event_id = CAST(substr(r.value, 1, instr(r.value, '.') - 1) AS INTEGER)
 AND b.number = CAST(substr(r.value, instr(r.value, '.') + 1) AS INTEGER)
LEFT JOIN payload p ON p.event_id = b.event_id
