-- 检验标本：由报告消息带来的采集与接收时间。
SELECT 'oru_report'                          AS source_table,
       r._key                                AS source_key,
       r.barcode                             AS sample_id,
       CASE WHEN r.authority = 'HIS_MZ' THEN 'MZ-' || r.visit END AS visit_id,
       CASE WHEN r.authority = 'HIS_ZY' THEN 'ZY-' || r.visit END AS stay_id,
       CASE r.authority WHEN 'HIS_MZ' THEN 'his_mz' WHEN 'HIS_ZY' THEN 'his_zy' END AS patient_source,
       r.patient                             AS patient_local_id,
       CASE r.class WHEN 'O' THEN '门诊' WHEN 'E' THEN '急诊' WHEN 'I' THEN '住院' END AS patient_class,
       r.department                          AS department,
       CASE WHEN r.authority = 'HIS_ZY' THEN r.ward END AS ward,
       r.campus                              AS campus,
       TRY_CAST(r.collected AS TIMESTAMP)    AS collected_at,
       TRY_CAST(r.received AS TIMESTAMP)     AS received_at
FROM oru_report r
