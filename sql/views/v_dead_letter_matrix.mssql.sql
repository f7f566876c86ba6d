-- Open dead letters by error class and age. Of the newest 50,000.
CREATE VIEW tidegate.v_dead_letter_matrix AS
SELECT d.error_class, COUNT_BIG(*) AS total,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(HOUR, -1, SYSUTCDATETIME()) THEN 1 END) AS last_1h,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(HOUR, -3, SYSUTCDATETIME()) THEN 1 END) AS last_3h,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(HOUR, -24, SYSUTCDATETIME()) THEN 1 END)
           AS last_24h,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(DAY, -3, SYSUTCDATETIME()) THEN 1 END) AS last_3d,
       COUNT_BIG(CASE WHEN d.born_at > DATEADD(DAY, -7, SYSUTCDATETIME()) THEN 1 END) AS last_7d,
       MAX(d.born_at) AS newest_at,
       CASE WHEN (SELECT COUNT(*) FROM (SELECT TOP (50001) id FROM tidegate.dead_letter
                                        WHERE state = 'open') o) > 50000
            THEN 1 ELSE 0 END AS capped
FROM (SELECT TOP (50000) error_class, born_at FROM tidegate.dead_letter
      WHERE state = 'open' ORDER BY born_at DESC) d
GROUP BY d.error_class
