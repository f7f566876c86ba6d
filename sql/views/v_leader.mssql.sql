-- Who leads, since when, and how old the last sign of it is; 15 seconds without one: nobody.
CREATE VIEW tidegate.v_leader AS
SELECT l.name AS role, l.holder, l.epoch, l.since, l.beat_at, l.beat_age_s,
       CASE WHEN l.holder <> '' AND l.beat_age_s < 15 THEN 1 ELSE 0 END AS leads, l.schema_no
FROM (SELECT name, holder, epoch, since, beat_at, schema_no,
             CAST(DATEDIFF_BIG(MILLISECOND, beat_at, SYSUTCDATETIME()) / 1000.0
                  AS DECIMAL(18, 3)) AS beat_age_s
      FROM tidegate.leader) l
