-- 体征：门诊测得的身高、体重、血压（omr），只有日期，没有住院号。
SELECT 'omr'                                 AS source_table,
       o._key                                AS source_key,
       'OMR-' || o._key                      AS observation_id,
       'mimic_hosp'                          AS patient_source,
       o.subject_id                          AS patient_local_id,
       '门诊体征'                            AS kind,
       o.result_name                         AS item,
       o.result_name                         AS item_name,
       o.result_value                        AS value_text,
       TRY_CAST(o.result_value AS DECIMAL(18,4)) AS value,
       CAST(o.chartdate AS TIMESTAMP)        AS observed_at
FROM omr o
