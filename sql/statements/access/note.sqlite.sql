-- Who asked what: new rows, and how often the same was asked since.
-- :each rows
INSERT INTO access_log (uuid, at, face, method, path, status, owner, role, remote, request_id, reason,
                        seen)
VALUES (:uuid, :now, :face, :method, :path, :status, :owner, :role, :remote, :request_id, :reason,
        :seen)
-- :each seen
UPDATE access_log SET seen = seen + :n WHERE uuid = :uuid
