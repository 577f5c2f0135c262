-- 门急诊就诊：挂号 A04、退号 A11、就诊结束 A08；夜间装载之前就诊日期取挂号日。
SELECT 'mz_visit'                            AS source_table,
       v._key                                AS source_key,
       'MZ-' || v.visit                      AS visit_id,
       'his_mz'                              AS patient_source,
       v.patient                             AS patient_local_id,
       v.class                               AS visit_class,
       CAST(TRY_CAST(v.registered AS TIMESTAMP) AS DATE) AS visit_date,
       v.department                          AS department,
       v.doctor                              AS doctor,
       k.YQ                                  AS campus,
       v.insurance                           AS insurance_type,
       v.channel                             AS channel,
       CASE v.again WHEN '1' THEN '初诊' WHEN '2' THEN '复诊' END AS visit_type,
       TRY_CAST(v.registered AS TIMESTAMP)   AS registered_at,
       TRY_CAST(v.checked_in AS TIMESTAMP)   AS checked_in_at,
       TRY_CAST(v.started AS TIMESTAMP)      AS started_at,
       TRY_CAST(v.ended AS TIMESTAMP)        AS ended_at,
       CASE WHEN v.event = 'A11' THEN '退号'
            WHEN v.started IS NOT NULL THEN '已就诊'
            WHEN v.event = 'A04' THEN '候诊' END AS status,
       age_at(TRY_CAST(v.born AS DATE), TRY_CAST(v.registered AS TIMESTAMP)) AS age_years,
       CASE v.sex WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender,
       v.diagnosis                           AS diagnosis
FROM mz_visit v
LEFT JOIN YY_KSBMK k ON k.ID = v.department
