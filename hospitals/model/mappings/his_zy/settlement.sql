-- 住院结算：一次结算一行，作废的留原行，冲红行为负。
-- 随母新生儿（住院号十位）没有自己的住院行，记在母亲的住院号下。
SELECT 'ZY_JSK'                              AS source_table,
       j._key                                AS source_key,
       'ZY-JS-' || j.JSXH                    AS settlement_id,
       'ZY-' || CASE WHEN j.ZYH > 999999999 THEN j.ZYH // 100 ELSE j.ZYH END AS stay_id,
       'his_zy'                              AS patient_source,
       CAST(r.BRID AS VARCHAR)               AS patient_local_id,
       CAST(j.FYHJ AS DECIMAL(18,2))         AS total,
       CAST(j.YBHJ AS DECIMAL(18,2))         AS insurance_pay,
       CAST(j.ZFHJ AS DECIMAL(18,2))         AS self_pay,
       j.FYHJ < 0                            AS red,
       'ZY-JS-' || nullif(j.YJSXH, 0)        AS original_id,
       cn_time(j.JSRQ)                       AS settled_at
FROM ZY_JSK j
LEFT JOIN ZY_BRRY r ON r.ZYH = j.ZYH
