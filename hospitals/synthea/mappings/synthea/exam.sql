-- 检查：一次影像一行；没有申请与报告时间。
SELECT 'imaging_studies'                     AS source_table,
       i._key                                AS source_key,
       i.Id                                  AS exam_id,
       CASE WHEN e.ENCOUNTERCLASS <> 'inpatient' THEN 'MZ-' || i.ENCOUNTER END AS visit_id,
       CASE WHEN e.ENCOUNTERCLASS = 'inpatient' THEN 'ZY-' || i.ENCOUNTER END AS stay_id,
       'synthea'                             AS patient_source,
       i.PATIENT                             AS patient_local_id,
       p.SPECIALITY                          AS department,
       'MA'                                  AS campus,
       i.MODALITY_CODE                       AS exam_type,
       CASE b.GENDER WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       i.BODYSITE_DESCRIPTION                AS body_part,
       CAST(i.DATE AS TIMESTAMPTZ) AT TIME ZONE 'America/New_York' AS done_at,
       '已完成'                              AS status
FROM imaging_studies i
LEFT JOIN encounters e ON e.Id = i.ENCOUNTER
LEFT JOIN providers p ON p.Id = e.PROVIDER
LEFT JOIN patients b ON b.Id = i.PATIENT
