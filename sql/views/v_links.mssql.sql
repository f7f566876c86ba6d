-- Which record of a far side belongs to which record of a source: the newest 20,000.
CREATE VIEW tidegate.v_links AS
SELECT l.target, l.source, l.entity, l.entity_text AS entity_id, l.record_type, l.record_id,
       l.record_key, l.event_uuid AS event, l.at
FROM (SELECT TOP (20000) * FROM tidegate.entity_link ORDER BY id DESC) l
