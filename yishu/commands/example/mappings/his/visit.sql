-- 挂号 → 门急诊就诊。patient_source、patient_local_id 说明是哪个系统的哪个病人；科室代码由 codes/department.csv 对照。
SELECT 'MZ-' || XH AS visit_id, 'GHXX' AS source_table, _key AS source_key,
       'his' AS patient_source, BRID AS patient_local_id,
       '门诊' AS visit_class, cn_date(GHSJ) AS visit_date, KSDM AS department, 'HQ' AS campus,
       cn_time(GHSJ) AS registered_at, cn_time(JZSJ) AS started_at,
       CASE WHEN clean(JZSJ) IS NULL THEN '爽约' ELSE '已就诊' END AS status
FROM GHXX
