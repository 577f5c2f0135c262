-- 重症监护：一次入住一行；住院号与患者都用 hosp 模块的号。
SELECT 'icustays'                            AS source_table,
       i._key                                AS source_key,
       i.stay_id                             AS icu_stay_id,
       'ZY-' || i.hadm_id                    AS stay_id,
       'mimic_hosp'                          AS patient_source,
       i.subject_id                          AS patient_local_id,
       i.first_careunit                      AS first_unit,
       i.last_careunit                       AS last_unit,
       CAST(i.intime AS TIMESTAMP)           AS entered_at,
       CAST(i.outtime AS TIMESTAMP)          AS left_at,
       TRY_CAST(i.los AS DECIMAL(18,4))      AS days
FROM icustays i
