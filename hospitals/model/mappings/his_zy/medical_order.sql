-- 住院医嘱：一条一行，作废的也在（状态写明）。
-- 随母新生儿（住院号十位）没有自己的住院行，记在母亲的住院号下。
SELECT 'ZY_BQYZ'                             AS source_table,
       o._key                                AS source_key,
       'YZ-' || o.YZXH                       AS order_id,
       'ZY-' || CASE WHEN o.ZYH > 999999999 THEN o.ZYH // 100 ELSE o.ZYH END AS stay_id,
       'his_zy'                              AS patient_source,
       CAST(r.BRID AS VARCHAR)               AS patient_local_id,
       CAST(nullif(o.KSDM, 0) AS VARCHAR)    AS department,
       CAST(nullif(o.YSGH, 0) AS VARCHAR)    AS doctor,
       CASE o.YZLX WHEN 1 THEN '长期' WHEN 0 THEN '临时' END AS term,
       CASE o.XMLX WHEN 1 THEN '药品' WHEN 2 THEN '检验' WHEN 3 THEN '检查' WHEN 4 THEN '手术'
                   WHEN 5 THEN '护理' WHEN 6 THEN '病情' ELSE '其他' END AS kind,
       CAST(nullif(o.YPXH, 0) AS VARCHAR)    AS drug,
       clean(o.YZMC)                         AS name,
       clean(o.YCJL)                         AS dose,
       clean(o.GYTJ)                         AS route,
       cn_time(o.KSSJ)                       AS started_at,
       cn_time(o.TZSJ)                       AS stopped_at,
       CASE o.JLZT WHEN 1 THEN '执行' WHEN 2 THEN '停止' WHEN 3 THEN '作废' END AS status,
       cn_time(o.LRSJ)                       AS recorded_at
FROM ZY_BQYZ o
LEFT JOIN ZY_BRRY r ON r.ZYH = o.ZYH
