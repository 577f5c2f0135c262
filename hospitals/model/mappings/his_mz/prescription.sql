-- 处方与申请：一张一行，冲红的也在（状态分开）；没有进统计口径的判断放到收费里做。
SELECT 'MZ_CFK'                              AS source_table,
       c._key                                AS source_key,
       'CF-' || c.XH                         AS prescription_id,
       'MZ-' || c.GHXH                       AS visit_id,
       'his_mz'                              AS patient_source,
       CAST(c.PATID AS VARCHAR)              AS patient_local_id,
       clean(c.KSDM)                         AS department,
       clean(c.YSDM)                         AS doctor,
       CASE c.CFLX WHEN '1' THEN '西药' WHEN '2' THEN '成药' WHEN '3' THEN '草药'
                   WHEN '4' THEN '检验' WHEN '5' THEN '检查' ELSE '其他' END AS kind,
       cn_time(c.LRRQ)                       AS issued_at,
       CASE c.JLZT WHEN '1' THEN '退费' WHEN '2' THEN '冲红' ELSE '正常' END AS status
FROM MZ_CFK c
