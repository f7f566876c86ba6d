-- Changes that no attempt made, from the last that is sealed on, and some before it: on a server a
-- lower number may be committed after a higher one.
-- :rows ids
SELECT id FROM (SELECT id FROM audit_trail WHERE attempt IS NULL AND id <= :after
                ORDER BY id DESC LIMIT :look_back)
UNION ALL
SELECT id FROM (SELECT id FROM audit_trail WHERE attempt IS NULL AND id > :after
                ORDER BY id LIMIT :n)
ORDER BY 1
