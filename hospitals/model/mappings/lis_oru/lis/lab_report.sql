-- 检验报告：没有报告号的消息只更新标本与结果待夜间装载；周转时间 = 接收到发布。
SELECT 'oru_report'                          AS source_table,
       r._key                                AS source_key,
       CASE WHEN r.report IS NULL THEN 'report_number_absent' END AS ignored,
       r.report                              AS report_id,
       r.barcode                             AS sample_id,
       CASE r.authority WHEN 'HIS_MZ' THEN 'his_mz' WHEN 'HIS_ZY' THEN 'his_zy' END AS patient_source,
       r.patient                             AS patient_local_id,
       CASE r.class WHEN 'O' THEN '门诊' WHEN 'E' THEN '急诊' WHEN 'I' THEN '住院' END AS patient_class,
       r.department                          AS department,
       CASE WHEN r.authority = 'HIS_ZY' THEN r.ward END AS ward,
       r.campus                              AS campus,
       TRY_CAST(r.received AS TIMESTAMP)     AS received_at,
       TRY_CAST(r.published AS TIMESTAMP)    AS published_at,
       CAST(date_diff('second', TRY_CAST(r.received AS TIMESTAMP), TRY_CAST(r.published AS TIMESTAMP)) / 60.0 AS DECIMAL(18,4)) AS turnaround_minutes,
       CASE r.status WHEN 'C' THEN 2 ELSE 1 END AS version
FROM oru_report r
