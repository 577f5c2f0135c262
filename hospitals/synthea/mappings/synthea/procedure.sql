-- 操作：SNOMED CT 编码；门诊做的没有住院号。
SELECT 'procedures'                          AS source_table,
       o._key                                AS source_key,
       'CZ-' || o._key                       AS procedure_id,
       CASE WHEN e.ENCOUNTERCLASS = 'inpatient' THEN 'ZY-' || o.ENCOUNTER END AS stay_id,
       'synthea'                             AS patient_source,
       o.PATIENT                             AS patient_local_id,
       p.SPECIALITY                          AS department,
       o.CODE                                AS code,
       o.DESCRIPTION                         AS name,
       CAST(o.START AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS performed_at
FROM procedures o
LEFT JOIN encounters e ON e.Id = o.ENCOUNTER
LEFT JOIN providers p ON p.Id = e.PROVIDER
