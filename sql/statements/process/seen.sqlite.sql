-- A process is still there, or ends in order.
-- :do
UPDATE process SET seen_at = :now, ended_at = CASE WHEN :ended = 1 THEN :now END WHERE uuid = :uuid
