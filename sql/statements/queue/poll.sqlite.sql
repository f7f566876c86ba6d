-- An idle poll is a read: is there anything to do, and when will there be?
-- :rows poll
SELECT EXISTS (SELECT 1 FROM sync_queue WHERE state = 0 AND target = :target) AS ready,
       seconds_between((SELECT MIN(due_at) FROM sync_queue WHERE state IN (3, 4)), :now) AS due_in_s,
       seconds_between((SELECT MIN(due_at) FROM sync_queue
                        WHERE state IN (3, 4) AND state = 4 AND alone = 1), :now) AS alone_in_s,
       EXISTS (SELECT 1 FROM sync_queue q CROSS JOIN inbox i ON i.id = q.event_id
               WHERE q.deadline_at <= :now AND q.state IN (0, 1, 3, 5)
                 AND q.unknown_at IS NULL AND i.state = 'live') AS expired,
       EXISTS (SELECT 1 FROM operator_request WHERE state IN ('open', 'running')) AS requests
