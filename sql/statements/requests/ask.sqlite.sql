-- An operator's wish; the leader carries it out.
-- :do
INSERT INTO operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host, source, state,
                              matched, changed, skipped)
VALUES (:uuid, :now, :verb, :filter, :event_uuid, :reason, :actor, :host, :source, 'open', 0, 0, 0)
