-- 转科转床：一条一行。取消入院的病人不占床，他的入科行按规则 cancelled_admission 计为不取。
SELECT 'ZY_ZKJL'                             AS source_table,
       z._key                                AS source_key,
       CASE WHEN r.CYPB = 9 THEN 'cancelled_admission' END AS ignored,
       'ZK-' || z.JLXH                       AS transfer_id,
       'ZY-' || z.ZYH                        AS stay_id,
       CASE z.ZKLX WHEN 1 THEN '入院' WHEN 2 THEN '转科' WHEN 3 THEN '转床' WHEN 9 THEN '出院' END AS kind,
       CAST(nullif(z.YSKS, 0) AS VARCHAR)    AS from_department,
       CAST(nullif(z.XHKS, 0) AS VARCHAR)    AS to_department,
       CAST(nullif(z.YSBQ, 0) AS VARCHAR)    AS from_ward,
       CAST(nullif(z.XHBQ, 0) AS VARCHAR)    AS to_ward,
       clean(z.YSCH)                         AS from_bed,
       clean(z.XHCH)                         AS to_bed,
       cn_time(z.ZKSJ)                       AS moved_at,
       cn_time(z.LRSJ)                       AS recorded_at
FROM ZY_ZKJL z
LEFT JOIN ZY_BRRY r ON r.ZYH = z.ZYH
