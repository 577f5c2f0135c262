-- 门诊结算：一张收据一行，冲红为负。
SELECT 'SF_BRJSK'                            AS source_table,
       j._key                                AS source_key,
       'MZ-JS-' || j.SJH                     AS settlement_id,
       'MZ-' || nullif(j.GHXH, 0)            AS visit_id,
       'his_mz'                              AS patient_source,
       CAST(j.PATID AS VARCHAR)              AS patient_local_id,
       CAST(j.ZJE AS DECIMAL(18,2))          AS total,
       CAST(j.YBJE AS DECIMAL(18,2))         AS insurance_pay,
       CAST(j.ZFJE AS DECIMAL(18,2))         AS self_pay,
       j.JLZT = '2'                          AS red,
       'MZ-JS-' || clean(j.TSJH)             AS original_id,
       cn_time(j.SFRQ)                       AS settled_at
FROM SF_BRJSK j
