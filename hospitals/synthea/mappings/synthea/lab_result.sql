-- 检验结果：CATEGORY = laboratory 的观测；文字结果原样保留。
SELECT 'observations'                        AS source_table,
       o._key                                AS source_key,
       o._key                                AS result_id,
       'BG-' || o.ENCOUNTER || '-' || o.DATE AS report_id,
       'synthea'                             AS patient_source,
       o.PATIENT                             AS patient_local_id,
       o.CODE                                AS item,
       o.DESCRIPTION                         AS item_name,
       o.VALUE                               AS value_text,
       TRY_CAST(o.VALUE AS DECIMAL(18,4))    AS value,
       o.UNITS                               AS unit,
       CAST(o.DATE AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS resulted_at
FROM observations o
WHERE o.CATEGORY = 'laboratory'
