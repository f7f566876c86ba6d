-- What was amiss: the last 2,000 alerts, those that still hold with a null in cleared_at.
CREATE VIEW v_alerts AS
SELECT a.code, a.subject, a.severity, a.text, a.since, a.last_at, a.cleared_at, a.acknowledged_at,
       a.acknowledged_by, a.sent_at, a.sent_error
FROM (SELECT * FROM alert ORDER BY id DESC LIMIT 2000) a
