-- 处方：源里没有处方头，同一次就诊的用药合成一张，出处记其中第一行。
SELECT 'medications'                         AS source_table,
       min(m._key)                           AS source_key,
       'CF-' || m.ENCOUNTER                  AS prescription_id,
       CASE WHEN e.ENCOUNTERCLASS <> 'inpatient' THEN 'MZ-' || m.ENCOUNTER END AS visit_id,
       'synthea'                             AS patient_source,
       m.PATIENT                             AS patient_local_id,
       p.SPECIALITY                          AS department,
       '西药'                                AS kind,
       min(CAST(m.START AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York') AS issued_at,
       '正常'                                AS status
FROM medications m
LEFT JOIN encounters e ON e.Id = m.ENCOUNTER
LEFT JOIN providers p ON p.Id = e.PROVIDER
GROUP BY m.ENCOUNTER, m.PATIENT, e.ENCOUNTERCLASS, p.SPECIALITY
