-- 首页诊断：主要诊断与两个其他诊断，宽表转成一行一个；星剑号成对的编码原样保留。
WITH 诊断 AS (
  SELECT p._key, p.BAH, p.ZYCS, p.ZYH, p.CYKB, p.CYSJ, n.序,
         CASE n.序 WHEN 1 THEN p.JBDM WHEN 2 THEN p.JBDM1 ELSE p.JBDM2 END AS 编码,
         CASE n.序 WHEN 1 THEN p.ZYZD WHEN 2 THEN p.QTZD1 ELSE p.QTZD2 END AS 名称,
         CASE n.序 WHEN 1 THEN p.RYBQ WHEN 2 THEN p.RYBQ1 ELSE p.RYBQ2 END AS 入院病情
  FROM EMR_BASY p CROSS JOIN (VALUES (1), (2), (3)) n(序)
)
SELECT 'EMR_BASY'                            AS source_table,
       d._key                                AS source_key,
       'ZD-' || d.BAH || '-' || d.ZYCS || '-' || d.序 AS diagnosis_id,
       coalesce('ZY-' || clean(d.ZYH), 'BA-' || d.BAH || '-' || d.ZYCS) AS stay_id,
       'his_zy'                              AS patient_source,
       ltrim(clean(d.BAH), '0')              AS patient_local_id,
       clean(d.CYKB)                         AS department,
       d.序                                  AS seq,
       d.序 = 1                              AS main,
       clean(d.编码)                         AS code,
       clean(d.名称)                         AS name,
       '国临版2.0'                           AS edition,
       clean(d.入院病情)                     AS on_admission,
       cn_time(d.CYSJ)                       AS noted_at
FROM 诊断 d
WHERE clean(d.编码) IS NOT NULL
