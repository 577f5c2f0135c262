-- 预约：一个预约一行。状态用源里的：0已约 1取消 2就诊 3爽约。
SELECT 'YY_YYXX'                             AS source_table,
       y._key                                AS source_key,
       'YY-' || y.YYXH                       AS appointment_id,
       'his_mz'                              AS patient_source,
       CAST(y.PATID AS VARCHAR)              AS patient_local_id,
       clean(y.KSDM)                         AS department,
       clean(y.YSDM)                         AS doctor,
       k.YQ                                  AS campus,
       clean(y.QD)                           AS channel,
       CASE y.CFZBZ WHEN '1' THEN '初诊' WHEN '2' THEN '复诊' END AS visit_type,
       cn_time(y.HYSJ)                       AS slot_at,
       cn_time(y.YYSJ)                       AS booked_at,
       cn_time(y.QXSJ)                       AS cancelled_at,
       CASE y.ZT WHEN '0' THEN '已预约' WHEN '1' THEN '已取消' WHEN '2' THEN '已就诊' WHEN '3' THEN '爽约' END AS status,
       g.就诊号                              AS visit_id
FROM YY_YYXX y
LEFT JOIN YY_KSBMK k ON k.ID = y.KSDM
LEFT JOIN (SELECT YYXH, 'MZ-' || min(XH) AS 就诊号 FROM MZ_GHZD
           WHERE JLZT <> '2' AND YYBZ = '1' AND YYXH > 0 GROUP BY YYXH) g ON g.YYXH = y.YYXH
