-- A delivery's event, for those who ask with a delivery's id.
-- :rows delivery
SELECT event_uuid, verdict, rule, reason, received_at, source, entity FROM delivery WHERE uuid = :uuid
