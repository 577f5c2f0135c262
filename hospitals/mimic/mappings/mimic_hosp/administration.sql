-- 给药执行：一条 eMAR 一行；剂量取明细里第一条实际给药量，明细行并入本行。
WITH 量 AS (
  SELECT emar_id,
         arg_min(dose_given, parent_field_ordinal) FILTER (dose_given IS NOT NULL) AS 剂量,
         arg_min(dose_given_unit, parent_field_ordinal) FILTER (dose_given IS NOT NULL) AS 单位
  FROM emar_detail GROUP BY emar_id
)
SELECT 'emar'                                AS source_table,
       e._key                                AS source_key,
       e.emar_id                             AS administration_id,
       'ZY-' || e.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       e.subject_id                          AS patient_local_id,
       e.medication                          AS drug_name,
       trim(e.event_txt)                     AS event,
       q.剂量                                AS dose,
       q.单位                                AS dose_unit,
       CAST(e.scheduletime AS TIMESTAMP)     AS scheduled_at,
       CAST(e.charttime AS TIMESTAMP)        AS given_at,
       CAST(e.storetime AS TIMESTAMP)        AS recorded_at
FROM emar e
LEFT JOIN 量 q ON q.emar_id = e.emar_id
