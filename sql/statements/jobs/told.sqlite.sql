-- What became of letters that a job replayed: the event's state, and whether it died again.
-- :rows letters
SELECT d.id, i.state,
       EXISTS (SELECT 1 FROM dead_letter n WHERE n.event_id = d.event_id AND n.id > d.id) AS again
FROM json_each(:ids) r CROSS JOIN dead_letter d ON d.id = r.value
CROSS JOIN inbox i ON i.id = d.event_id
