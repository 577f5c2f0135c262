-- 首页手术操作：首页只填第一条时也只有一条；级别空着就是空着。
SELECT 'EMR_BASY'                            AS source_table,
       p._key                                AS source_key,
       'CZ-' || p.BAH || '-' || p.ZYCS || '-1' AS procedure_id,
       coalesce('ZY-' || clean(p.ZYH), 'BA-' || p.BAH || '-' || p.ZYCS) AS stay_id,
       'his_zy'                              AS patient_source,
       ltrim(clean(p.BAH), '0')              AS patient_local_id,
       clean(p.CYKB)                         AS department,
       1                                     AS seq,
       true                                  AS main,
       clean(p.SSJCZBM1)                     AS code,
       clean(p.SSJCZMC1)                     AS name,
       CASE clean(p.SSJB1) WHEN '1' THEN '一级' WHEN '2' THEN '二级' WHEN '3' THEN '三级' WHEN '4' THEN '四级' END AS level,
       cn_time(p.SSJCZRQ1)                   AS performed_at
FROM EMR_BASY p
WHERE clean(p.SSJCZBM1) IS NOT NULL
