-- An operator's wish; the leader carries it out.
-- :optional rate_per_s ramp stop_at_percent
-- :do
INSERT INTO operator_request (uuid, at, verb, filter, event_uuid, reason, actor, host, source, rate_per_s,
                              ramp, stop_at_percent, state, matched, changed, skipped)
VALUES (:uuid, :now, :verb, :filter, :event_uuid, :reason, :actor, :host, :source, :rate_per_s, :ramp,
        :stop_at_percent, 'open', 0, 0, 0)
