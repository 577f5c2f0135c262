-- 诊断：SNOMED CT 编码，不换算成 ICD；源里不分主次。
SELECT 'conditions'                          AS source_table,
       d._key                                AS source_key,
       'ZD-' || d._key                       AS diagnosis_id,
       CASE WHEN e.ENCOUNTERCLASS <> 'inpatient' THEN 'MZ-' || d.ENCOUNTER END AS visit_id,
       CASE WHEN e.ENCOUNTERCLASS = 'inpatient' THEN 'ZY-' || d.ENCOUNTER END AS stay_id,
       'synthea'                             AS patient_source,
       d.PATIENT                             AS patient_local_id,
       p.SPECIALITY                          AS department,
       d.CODE                                AS code,
       d.DESCRIPTION                         AS name,
       'SNOMED CT'                           AS edition,
       CAST(d.START AS TIMESTAMP)            AS noted_at
FROM conditions d
LEFT JOIN encounters e ON e.Id = d.ENCOUNTER
LEFT JOIN providers p ON p.Id = e.PROVIDER
