-- Which events a message id leads to: the sender's, or one of ours to a subscriber. No index serves
-- this, so the newest 200,000 of each are looked at.
-- :rows found
SELECT event_uuid, MAX(at) AS at
FROM (SELECT event_uuid, received_at AS at
      FROM (SELECT event_uuid, received_at, message_id FROM delivery ORDER BY id DESC LIMIT 200000)
      WHERE message_id = :text AND event_uuid IS NOT NULL
      UNION ALL
      SELECT event_uuid, opened_at
      FROM (SELECT event_uuid, opened_at, message_id FROM dispatch_attempt
            ORDER BY id DESC LIMIT 200000)
      WHERE message_id = :text)
GROUP BY event_uuid ORDER BY at DESC LIMIT 20
