-- 观测：检验以外的体征、问卷、体检；没有就诊号的是年度推算值（QALY 等），也保留。
SELECT 'observations'                        AS source_table,
       o._key                                AS source_key,
       o._key                                AS observation_id,
       CASE WHEN e.ENCOUNTERCLASS = 'inpatient' THEN 'ZY-' || o.ENCOUNTER END AS stay_id,
       'synthea'                             AS patient_source,
       o.PATIENT                             AS patient_local_id,
       coalesce(o.CATEGORY, '推算')          AS kind,
       o.CODE                                AS item,
       o.DESCRIPTION                         AS item_name,
       o.VALUE                               AS value_text,
       TRY_CAST(o.VALUE AS DECIMAL(18,4))    AS value,
       o.UNITS                               AS unit,
       CAST(o.DATE AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS observed_at
FROM observations o
LEFT JOIN encounters e ON e.Id = o.ENCOUNTER
WHERE o.CATEGORY IS DISTINCT FROM 'laboratory'
