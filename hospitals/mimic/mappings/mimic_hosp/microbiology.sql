-- 微生物：一次培养一个药敏一行；只有日期没有时刻的，取当日零点。
SELECT 'microbiologyevents'                  AS source_table,
       m._key                                AS source_key,
       m.microevent_id                       AS microbiology_id,
       'ZY-' || m.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       m.subject_id                          AS patient_local_id,
       m.spec_type_desc                      AS specimen,
       m.test_name                           AS test,
       m.org_name                            AS organism,
       m.ab_name                             AS antibiotic,
       m.interpretation                      AS interpretation,
       CAST(coalesce(m.charttime, m.chartdate) AS TIMESTAMP) AS charted_at,
       CAST(coalesce(m.storetime, m.storedate) AS TIMESTAMP) AS recorded_at
FROM microbiologyevents m
