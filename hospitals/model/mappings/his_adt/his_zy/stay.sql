-- 住院：入院 A01、转科 A02、出院 A03、取消 A11。入院科室只由 A01 说；随母新生儿（住院号十位）没有自己的住院行。
SELECT 'zy_stay'                             AS source_table,
       s._key                                AS source_key,
       CASE WHEN s.mother IS NOT NULL OR length(s.stay) > 9 THEN 'newborn_with_mother' END AS ignored,
       'ZY-' || s.stay                       AS stay_id,
       'his_zy'                              AS patient_source,
       s.patient                             AS patient_local_id,
       TRY_CAST(s.admitted AS TIMESTAMP)     AS admitted_at,
       CASE WHEN s.event = 'A03' THEN TRY_CAST(s."left" AS TIMESTAMP) END AS discharged_at,
       CASE WHEN s.event = 'A01' THEN s.department END AS admit_department,
       CASE WHEN s.event IN ('A01', 'A02', 'A03') THEN s.department END AS department,
       CASE WHEN s.event = 'A01' THEN s.ward END AS admit_ward,
       CASE WHEN s.event IN ('A01', 'A02', 'A03') THEN s.ward END AS ward,
       CASE WHEN s.event IN ('A01', 'A02', 'A03') THEN s.bed END AS bed,
       s.doctor                              AS doctor,
       k.YQ                                  AS campus,
       s.insurance                           AS insurance_type,
       CASE s.route WHEN '1' THEN '急诊' WHEN '2' THEN '门诊' WHEN '3' THEN '其他医疗机构转入' WHEN NULL THEN NULL ELSE '其他' END AS admit_route,
       CASE s.event WHEN 'A03' THEN '出院' WHEN 'A11' THEN '取消' WHEN 'A01' THEN '在院' END AS status,
       CASE WHEN s.event = 'A01' THEN TRY_CAST(s.said AS TIMESTAMP) END AS recorded_at,
       CASE WHEN s.event = 'A03' THEN
         greatest(1, date_diff('day', CAST(TRY_CAST(s.admitted AS TIMESTAMP) AS DATE), CAST(TRY_CAST(s."left" AS TIMESTAMP) AS DATE)))
       END                                   AS length_of_stay,
       age_at(TRY_CAST(s.born AS DATE), TRY_CAST(s.admitted AS TIMESTAMP)) AS age_years,
       CASE s.sex WHEN 'M' THEN '男' WHEN 'F' THEN '女' END AS gender
FROM zy_stay s
LEFT JOIN GY_KSDM k ON CAST(k.KSDM AS VARCHAR) = s.department
