-- 住院发药：数量是小单位，退药为负。DDD 数 = 数量 × 每小单位 DDD，只算全身用抗菌药。
-- 科室取病人的出院科室（在院者为当前科室），与使用强度的分母（出院者床日）一致，不取发药时的开单科室。
-- 随母新生儿（住院号十位）没有自己的住院行，记在母亲的住院号下。
SELECT 'YF_ZYFY'                             AS source_table,
       f._key                                AS source_key,
       'FY-' || f.FYID                       AS dispense_id,
       'ZY-' || CASE WHEN f.ZYH > 999999999 THEN f.ZYH // 100 ELSE f.ZYH END AS stay_id,
       'his_zy'                              AS patient_source,
       CAST(r.BRID AS VARCHAR)               AS patient_local_id,
       CAST(r.BRKS AS VARCHAR)               AS department,
       CAST(nullif(f.BQDM, 0) AS VARCHAR)    AS ward,
       CAST(nullif(f.YSGH, 0) AS VARCHAR)    AS doctor,
       k.YQ                                  AS campus,
       CAST(nullif(f.YPXH, 0) AS VARCHAR)    AS drug,
       clean(y.YPMC)                         AS drug_name,
       CAST(f.FYSL AS DECIMAL(18,4))         AS quantity,
       CASE WHEN y.KJYW > 0 AND y.QSYY = 1 THEN CAST(f.FYSL * y.DDDS AS DECIMAL(18,4)) END AS ddds,
       y.KJYW > 0 AND y.QSYY = 1             AS antibacterial,
       f.CYDY = 1                            AS discharge_medication,
       CAST(f.FYJE AS DECIMAL(18,2))         AS amount,
       cn_time(f.FYSJ)                       AS dispensed_at,
       cn_time(f.LRSJ)                       AS recorded_at
FROM YF_ZYFY f
LEFT JOIN ZY_BRRY r ON r.ZYH = f.ZYH
LEFT JOIN YK_TYPK y ON y.YPXH = f.YPXH
LEFT JOIN GY_KSDM k ON k.KSDM = f.KSDM
