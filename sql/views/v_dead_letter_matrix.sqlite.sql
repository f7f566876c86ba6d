-- Open dead letters by error class and age. Of the newest 50,000.
CREATE VIEW v_dead_letter_matrix AS
SELECT d.error_class, COUNT(*) AS total,
       SUM(d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-1 hour')) AS last_1h,
       SUM(d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 hours')) AS last_3h,
       SUM(d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-24 hours')) AS last_24h,
       SUM(d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-3 days')) AS last_3d,
       SUM(d.born_at > strftime('%Y-%m-%d %H:%M:%f', 'now', '-7 days')) AS last_7d,
       MAX(d.born_at) AS newest_at,
       CASE WHEN (SELECT COUNT(*) FROM (SELECT 1 FROM dead_letter
                                        WHERE state = 'open' LIMIT 50001)) > 50000
            THEN 1 ELSE 0 END AS capped
FROM (SELECT error_class, born_at FROM dead_letter
      WHERE state = 'open' ORDER BY born_at DESC LIMIT 50000) d
GROUP BY d.error_class
