-- 检验结果：一个 labevent 一行。文字结果（含比较符）原样保留，数值只取源里已拆好的 valuenum。
SELECT 'labevents'                           AS source_table,
       l._key                                AS source_key,
       l.labevent_id                         AS result_id,
       'BG-' || l.specimen_id                AS report_id,
       'mimic_hosp'                          AS patient_source,
       l.subject_id                          AS patient_local_id,
       'ZY-' || l.hadm_id                    AS stay_id,
       l.itemid                              AS item,
       i.label                               AS item_name,
       l.value                               AS value_text,
       TRY_CAST(l.valuenum AS DECIMAL(18,4)) AS value,
       nullif(regexp_extract(l.value, '^\s*(<=|>=|<|>)', 1), '') AS comparator,
       l.valueuom                            AS unit,
       TRY_CAST(l.ref_range_lower AS DECIMAL(18,4)) AS reference_low,
       TRY_CAST(l.ref_range_upper AS DECIMAL(18,4)) AS reference_high,
       l.flag                                AS flag,
       CAST(l.charttime AS TIMESTAMP)        AS resulted_at,
       CAST(l.storetime AS TIMESTAMP)        AS recorded_at
FROM labevents l
LEFT JOIN d_labitems i ON i.itemid = l.itemid
